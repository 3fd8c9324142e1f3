/// How many parent nodes a pool's numbers hold for: those that are wanted of the parent role in its region.
struct ParentCount: Equatable {
    /// The parent role.
    var role: String
    /// How many of its nodes are wanted.
    var nodes: Int

    /// It fell, and no change of the spec is why: what is too many goes as `scaleIn` lets it.
    var fellByScaling = false

    /// The arithmetic in words, with a role's own numbers in it.
    func words(_ role: RoleSpec) -> String {
        let numbers = role.min == role.max ? "\(role.min)" : "\(role.min) to \(role.max)"
        let all = role.times(nodes)
        let product = role.min == role.max ? "\(all.min)" : "\(all.min) to \(all.max)"
        return "\(numbers) for each of \(nodes) '\(self.role)': \(product)"
    }
}

extension NodeGroupSpec {
    /// The roles, each after the role that its numbers are multiplied by; else in their own order.
    var parentsFirst: [RoleSpec] {
        var result: [RoleSpec] = []
        var left = roles
        while !left.isEmpty {
            let ready = left.filter { role in
                multiplier(of: role.name).map { parent in !left.contains { $0.name == parent } } ?? true
            }
            // A circle, which no valid spec has.
            if ready.isEmpty { return result + left }
            result += ready
            left.removeAll { role in ready.contains { $0.name == role.name } }
        }
        return result
    }
}
