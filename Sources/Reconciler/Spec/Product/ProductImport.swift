/// A node group of the reference product as one of ours: a spec to be read by a person, and what that person should know.
package struct ProductImport: Sendable, Equatable {
    /// Of the node group, by ``NameRule``.
    package var name: String
    /// The name that it has in the product.
    package var productName: String
    /// It was paused: a group of ours is paused by a command, not by its spec.
    package var isScalingPaused: Bool
    /// One document, or two with a provider.
    package var yaml: String
    /// What it was made from, as JSON, without secrets.
    package var document: String
    /// What is not carried over and what is to be looked at, one sentence each.
    package var notes: [String]

    /// The annotation that keeps a name that ours cannot have.
    package static let nameAnnotation = "sm2-name"
    /// The annotation that keeps what the product calls the description.
    package static let descriptionAnnotation = "description"

    /// Which of our providers makes the nodes.
    package enum Provider: Sendable, Equatable {
        /// One that is written beside the group, named after the platform and simulated, so that the result can be tried at once.
        case standIn
        /// One that there is. Settings of regions and roles are in the words of Amazon's for `ec2`; nil: its type is not known.
        case named(String, isEC2: Bool?)
    }

    /// What an import came to.
    package struct Reading: Sendable {
        /// Nil when there is any error.
        package var group: ProductImport?
        /// Errors at their places in the JSON, or in the YAML that was made of it.
        package var diagnostics: [SpecDiagnostic]
    }

    /// Reads a `NodeGroupConfig`. The spec that comes of it is valid.
    ///
    /// - Parameters:
    ///   - groups: those there are now. One that the product calls by the name of the config keeps its secrets where the config has masks
    ///     for them, as it was given to clients; a mask that does not surely stand for one of them is an error.
    ///   - provider: by the name of the product's cloud platform; throws words for a person when there is none for it.
    package static func read(
        _ source: SpecSource, keeping groups: [NodeGroupSpec] = [],
        provider: (String) throws(ProviderProblem) -> Provider
    ) -> Reading {
        let context = SpecContext(source: SourceText(name: source.name, bytes: source.bytes))
        var tree: YAMLNode?
        if source.bytes.count > sizeLimit {
            context.add(.error, "more than \(sizeLimit) bytes, which no node group has", line: 1, column: 1)
        } else {
            switch JSONDocument.parse(source.bytes) {
            case .success(let node): tree = node
            case .failure(let problem):
                context.add(.error, problem.message, line: problem.line, column: problem.column)
            }
        }
        guard context.diagnostics.isEmpty, let document = tree,
            let config = ProductReader.read(document, context)
        else { return Reading(group: nil, diagnostics: context.diagnostics) }
        let chosen: Provider
        do throws(ProviderProblem) {
            chosen = try provider(config.platform.value)
        } catch {
            context.error(error.message, at: config.platform.node ?? document)
            return Reading(group: nil, diagnostics: context.diagnostics)
        }
        let kept = groups.first { group in
            (group.annotations[nameAnnotation] ?? group.name).utf8.elementsEqual(config.name.value.utf8)
        }
        var writer = ProductWriter(config, chosen, context, keeping: kept)
        guard let made = writer.make() else { return Reading(group: nil, diagnostics: context.diagnostics) }
        let problems = check(made.yaml, chosen)
        if !problems.isEmpty { return Reading(group: nil, diagnostics: problems) }
        let group = ProductImport(
            name: made.name, productName: config.name.value, isScalingPaused: config.isScalingPaused, yaml: made.yaml,
            document: ProductDocument.normalised(document), notes: writer.notes)
        return Reading(group: group, diagnostics: [])
    }

    /// Why no provider of ours makes the nodes.
    package struct ProviderProblem: Error, Equatable, Sendable {
        /// For the person who wrote the platform.
        package var message: String
        package init(_ message: String) { self.message = message }
    }

    /// Many times the largest that the product takes.
    private static let sizeLimit = 1 << 20

    /// What is wrong with the spec that was made, so that no one is given one that does not read.
    private static func check(_ yaml: String, _ provider: Provider) -> [SpecDiagnostic] {
        var sources = [SpecSource(name: "the node group made of it", text: yaml)]
        if case .named(let name, let known) = provider {
            let isEC2 = known ?? false
            let stub = ProductWriter.provider(name, isEC2 ? "ec2" : "simulated", isEC2 ? "{}" : nil)
            sources.append(SpecSource(name: "its provider", text: stub))
        }
        return SpecReader.read(sources).errors
    }
}

extension ProductImport.Provider {
    /// The provider of a running manager that makes the nodes of a platform: the one of that name in lower case, or the only one.
    package static func of(
        _ platform: String, among providers: [String: ProviderSpec]
    ) throws(ProductImport.ProviderProblem) -> Self {
        let wanted = ProductName.ours(platform) ?? ""
        let known = providers.keys.sorted()
        guard let name = providers[wanted]?.name ?? (known.count == 1 ? known.first : nil), let spec = providers[name]
        else {
            throw .init(
                known.isEmpty
                    ? "this manager has no provider that could make nodes: add a document of the kind Provider to its spec"
                    : "no provider is named '\(wanted)' for the platform '\(platform.shortened)', and there are \(known.joined(separator: ", ")): name one of them as the cloudPlatform"
            )
        }
        return .named(name, isEC2: spec.settings.typeName == "ec2")
    }
}
