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
        var providerSettings: [String] = []
        if case .process(let process)? = providers[group.provider]?.settings, let command = process.roles[role.name] {
            providerSettings = command.arguments
            providerSettings += command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        }
        return NodeTemplate(
            image: role.image ?? group.image, instanceType: role.instanceType, endpoints: role.endpoints,
            settings: region.settings.merging(role.settings) { _, own in own }, providerSettings: providerSettings)
    }

    /// The revision that a node of that pool should have.
    package func revision(of pool: PoolKey) -> String? { template(of: pool)?.revision }
}
