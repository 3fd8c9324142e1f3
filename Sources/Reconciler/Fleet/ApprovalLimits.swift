/// From where on a person is asked before a change of the spec is carried out (safety rule 7): `approval` of the Manager's spec.
package struct ApprovalLimits: Sendable, Equatable, Codable {
    /// Percent of all serving nodes that may go at once, 0 to 100.
    package var share: Int
    /// Percent of all nodes that may come at once.
    package var growth: Int

    package init(share: Int, growth: Int) {
        self.share = share
        self.growth = growth
    }

    /// The lower of both.
    func stricter(_ other: ApprovalLimits) -> ApprovalLimits {
        ApprovalLimits(share: min(share, other.share), growth: min(growth, other.growth))
    }
}

extension Fleet {
    /// What a plan is held to: the spec's limits, and those that were in force with the present counts of any pool. A change that raises
    /// them lets through no other change that it comes with.
    func approvalLimits(_ spec: Spec) -> ApprovalLimits {
        scaling.values.reduce(spec.manager.approvalLimits) { limits, history in
            history.approval.map(limits.stricter) ?? limits
        }
    }
}
