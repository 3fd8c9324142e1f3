/// One document of a spec file, read as far as it can be judged alone.
struct SpecDocument: Sendable {
    /// The kinds of documents.
    enum Kind: String, Sendable, CaseIterable {
        case nodeGroup = "NodeGroup"
        case provider = "Provider"
        case manager = "Manager"

        /// In messages.
        var title: String {
            switch self {
            case .nodeGroup: "node group"
            case .provider: "provider"
            case .manager: "manager"
            }
        }
    }

    /// What was read; where that failed, only the kind, so that the name still counts as taken.
    enum Content: Sendable {
        case group(NodeGroupSpec)
        case provider(ProviderSpec)
        case manager(ManagerSpec)
        case broken(Kind)
    }

    /// The version of the spec language that is read.
    static let apiVersion = "smreconcile/v1"

    /// What it says.
    var content: Content
    /// `metadata.name`; empty when there is none.
    var name: String
    /// The whole document, for the places of later messages.
    var node: YAMLNode
    /// The file that it is in.
    var source: SourceText

    /// Whether it is a node group, sound or not.
    var isGroup: Bool {
        switch content {
        case .group, .broken(.nodeGroup): true
        case .provider, .manager, .broken: false
        }
    }

    /// Where its name is written.
    var nameNode: YAMLNode { node.nearest("metadata", "name") }

    /// Reads one document; nil when it is so wrong that no later check makes sense.
    static func read(_ node: YAMLNode, _ context: SpecContext) -> SpecDocument? {
        guard case .mapping = node.value else {
            context.key = ""
            context.expected("a mapping with apiVersion, kind, metadata and spec", node)
            return nil
        }
        let name = node["metadata"]?["name"]?.text
        let kind = node["kind"]?.text.flatMap(Kind.init)
        context.memberName = name
        context.enter(kind?.title ?? "document", node)
        defer { context.leave() }
        guard let envelope = Shape<Envelope>.envelope.read(node, context), let kind = envelope.kind else { return nil }
        if kind != .manager, name == nil {
            context.error("missing key 'name' in metadata of the \(kind.title)", at: node.nearest("metadata"))
        }
        if kind == .nodeGroup || kind == .manager, let annotations = node["metadata"]?["annotations"] {
            ApprovalAnnotation.check(annotations, context)
        }
        let location = SourceLocation(file: context.source.name, line: Int(node.line), column: Int(node.column))
        let content = node["spec"].flatMap { decode(kind, $0, envelope, location, context) }
        return SpecDocument(
            content: content ?? .broken(kind), name: envelope.metadata.name, node: node, source: context.source)
    }

    private static func decode(
        _ kind: Kind, _ spec: YAMLNode, _ envelope: Envelope, _ location: SourceLocation, _ context: SpecContext
    ) -> Content? {
        context.key = "spec"
        switch kind {
        case .nodeGroup:
            guard var group = Shape<NodeGroupSpec>.nodeGroup.read(spec, context) else { return nil }
            group.name = envelope.metadata.name
            group.labels = envelope.metadata.labels
            group.annotations = envelope.metadata.annotations
            group.source = location
            return .group(group)
        case .provider:
            guard var provider = Shape<ProviderSpec>.provider.read(spec, context) else { return nil }
            provider.name = envelope.metadata.name
            provider.source = location
            return .provider(provider)
        case .manager:
            guard var manager = Shape<ManagerSpec>.manager.read(spec, context) else { return nil }
            manager.approvals = ApprovalAnnotation.hashes(in: envelope.metadata.annotations)
            return .manager(manager)
        }
    }
}

/// What every document begins with.
struct Envelope: Sendable {
    /// Nil when it is unknown.
    var kind: SpecDocument.Kind?
    /// Empty when there is none.
    var metadata = Metadata()
}

/// `metadata`, as in Kubernetes.
struct Metadata: Sendable {
    /// Empty when there is none.
    var name = ""
    /// The user's own, for selecting.
    var labels: [String: String] = [:]
    /// The user's own, for notes.
    var annotations: [String: String] = [:]
}

extension Shape where Value == Envelope {
    /// The outer keys; `spec` is read by its kind.
    static let envelope = Shape.object("", make: { Envelope() }) { fields in
        fields.add(
            "apiVersion", .apiVersion, "The version of the spec language.", example: "smreconcile/v1", required: true
        ) { _, _ in }
        fields.add("kind", Shape<SpecDocument.Kind>.oneOf("kind"), "What the document describes.", required: true) {
            $0.kind = $1
        }
        fields.add("metadata", Shape<Metadata>.metadata, "Its name, and labels of your own.") { $0.metadata = $1 }
        fields.add("spec", Shape<Bool>([:]) { _, _ in true }, "What should be.", required: true) { _, _ in }
    }
}

extension Shape where Value == Metadata {
    /// `metadata` of any document.
    static let metadata = Shape.object("metadata", make: { Metadata() }) { fields in
        fields.add("name", .name("document"), "Unique among its kind.", example: "live") { $0.name = $1 }
        fields.add("labels", .settings, "Labels of your own.", example: ["team": "video"]) { $0.labels = $1 }
        fields.add(
            "annotations", .settings, "Notes of your own; smreconcile/approve holds the hash of a plan that is let go.",
            example: ["contact": "video-ops"]
        ) { $0.annotations = $1 }
    }
}

extension Shape where Value == String {
    /// The one version that is known.
    static let apiVersion = Shape(["const": .string(SpecDocument.apiVersion)]) { node, context in
        guard node.text == SpecDocument.apiVersion else {
            context.error(
                "unknown apiVersion \(node.summary)", at: node, "this version reads '\(SpecDocument.apiVersion)'")
            return nil
        }
        return SpecDocument.apiVersion
    }
}
