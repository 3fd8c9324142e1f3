/// How many nodes a pool should have.
enum Desired {
    static func count(_ key: PoolKey, _ role: RoleSpec, wanted: [Node]) -> ScalingDecision {
        let ready = wanted.count { $0.state == .inService }
        var decision = ScalingDecision(
            key, current: wanted.count, ready: ready, serving: ready, min: role.min, max: role.max)
        decision.desired = role.min
        decision.reasons = ["min of role '\(key.role)' in \(key.region) is \(role.min)"]
        return decision
    }
}
