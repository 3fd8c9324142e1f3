/// How many nodes a pool should have.
enum Desired {
    static func count(_ key: PoolKey, _ role: RoleSpec, wanted: [Node]) -> ScalingDecision {
        let ready = wanted.count { $0.state == .inService }
        return ScalingDecision(
            key, current: wanted.count, ready: ready, desired: role.min,
            reasons: ["min of role '\(key.role)' in \(key.region) is \(role.min)"])
    }
}
