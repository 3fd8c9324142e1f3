internal import Crypto

/// What a node is made from, as far as it may be shown: values that may be secret are digests, which tell whether they changed.
package struct TemplateOutline: Sendable, Equatable {
    package var image: String?
    package var instanceType: String?
    package var endpoints: [Endpoint]
    /// Digests by name.
    package var settings: [String: String]
    /// One digest of all that the provider adds.
    package var provider: String

    package init(
        image: String? = nil, instanceType: String? = nil, endpoints: [Endpoint] = [], settings: [String: String] = [:],
        provider: String = ""
    ) {
        self.image = image
        self.instanceType = instanceType
        self.endpoints = endpoints
        self.settings = settings
        self.provider = provider
    }

    package init(_ template: NodeTemplate) {
        self.init(
            image: template.image, instanceType: template.instanceType, endpoints: template.endpoints,
            settings: template.settings.mapValues(Self.digest),
            provider: template.providerSettings.isEmpty
                ? "" : Self.digest(template.providerSettings.map { "\($0.utf8.count):\($0)" }.joined()))
    }

    private static func digest(_ text: String) -> String { String(Digest.sha256Hex(text).prefix(8)) }

    /// Which fields differ from another's, with their values where these may be shown: `image media-2.4 -> media-2.5`.
    package func changes(to other: TemplateOutline) -> [String] {
        var words: [String] = []
        func compare(_ name: String, _ one: String?, _ two: String?) {
            if one != two { words.append("\(name) \(one ?? "none") -> \(two ?? "none")") }
        }
        compare("image", image, other.image)
        compare("instanceType", instanceType, other.instanceType)
        compare("endpoints", Self.words(endpoints), Self.words(other.endpoints))
        for name in Set(settings.keys).union(other.settings.keys).sorted() where settings[name] != other.settings[name]
        {
            words.append("settings.\(name)")
        }
        if provider != other.provider { words.append("the provider's command, environment or user-data") }
        return words
    }

    private static func words(_ endpoints: [Endpoint]) -> String {
        endpoints.isEmpty ? "none" : endpoints.map { "\($0.protocol):\($0.port)" }.joined(separator: ",")
    }
}

extension Fleet {
    /// What nodes of a revision are made from; nil when that is not known any more.
    package func outline(of revision: String) -> TemplateOutline? {
        outlines[revision] ?? templates[revision].map(TemplateOutline.init)
    }

    /// The fleet that has the outline of each revision at hand, and that also knows what the spec's own revisions are made from: those that nothing was made from yet, too.
    func outlining(_ spec: Spec) -> Fleet {
        var result = self
        for (revision, template) in templates { result.outlines[revision] = TemplateOutline(template) }
        for pool in spec.poolOrder() {
            guard let revision = spec.revision(of: pool), result.outlines[revision] == nil else { continue }
            result.outlines[revision] = spec.template(of: pool).map(TemplateOutline.init)
        }
        return result
    }
}
