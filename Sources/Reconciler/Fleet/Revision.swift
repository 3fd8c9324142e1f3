internal import Crypto

extension NodeTemplate {
    /// The hash of what a node is made from: 12 hexadecimal digits. Equal templates have equal revisions, on any machine.
    package var revision: String {
        var text = "v1\n"
        func add(_ name: String, _ value: String) {
            text += "\(name.utf8.count):\(name)=\(value.utf8.count):\(value)\n"
        }
        add("image", image ?? "")
        add("instanceType", instanceType ?? "")
        for endpoint in endpoints { add("endpoint", "\(endpoint.protocol):\(endpoint.port)") }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { add("setting.\(key)", value) }
        for value in providerSettings { add("provider", value) }
        return String(Digest.sha256Hex(text).prefix(12))
    }
}

extension Spec {
    /// What a node of that pool is made from; nil when the spec has no such pool.
    package func template(of pool: PoolKey) -> NodeTemplate? {
        guard let group = group(pool.group), let role = group.role(pool.role), let region = group.region(pool.region)
        else { return nil }
        let providerSettings: [String] =
            switch providers[group.provider]?.settings {
            case .process(let process): process.roles[role.name].map(Self.texts) ?? []
            case .ec2(let ec2): ec2.bootstrap.revisionTexts
            case .terraform(let terraform): terraform.bootstrap.revisionTexts
            case .simulated, .shell, nil: []
            }
        return NodeTemplate(
            image: role.image ?? group.image, instanceType: role.instanceType, endpoints: role.endpoints,
            settings: region.settings.merging(role.settings) { _, own in own }, providerSettings: providerSettings)
    }

    private static func texts(of command: ProcessSpec.Command) -> [String] {
        command.arguments + command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// The revision that a node of that pool should have.
    package func revision(of pool: PoolKey) -> String? { template(of: pool)?.revision }
}
