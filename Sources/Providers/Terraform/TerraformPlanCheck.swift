internal import Reconciler

/// The decision whether a plan may be applied: it touches nothing but the nodes of this round.
///
/// A change belongs to the node whose id is an instance key in its address. What belongs to no node, or to one that the round does not
/// name, is an offence, and one is enough to refuse the plan.
struct TerraformPlanCheck: Sendable, Equatable {
    /// What the plan would do beside, as `delete aws_eip.shared`.
    private(set) var offences: [String] = []
    /// Nodes of which nothing is left: what the plan found deleted is all that they had. Never remade: the manager decides that.
    private(set) var vanished: Set<String> = []

    /// Judges a plan for an intent; `present` are the resources that each node had before.
    init(_ plan: TerraformMessages, _ intent: TerraformIntent, present: [String: Set<TerraformAddress>]) {
        vanished = Self.vanished(plan, present: present).intersection(intent.desired.keys)
            .subtracting(intent.creates)
        for change in plan.changes where !["noop", "read"].contains(change.action) {
            let node = change.address.node(among: intent.names)
            if let node, vanished.contains(node), change.action == "create" { continue }
            if let node, Self.isAllowed(change, of: node, intent) { continue }
            offences.append("\(change.action) \(change.address)")
        }
        offences.sort()
    }

    private static func isAllowed(_ change: TerraformMessages.Change, of node: String, _ intent: TerraformIntent)
        -> Bool
    {
        switch change.action {
        case "create", "update": intent.creates.contains(node)
        // Only what failed while it was made: anything else of an unfinished node may be in use already.
        case "replace": intent.creates.contains(node) && change.reason == "tainted"
        case "delete": intent.removals[node] != nil
        default: false
        }
    }

    /// Nodes all of whose resources were deleted outside of Terraform.
    static func vanished(
        _ plan: TerraformMessages, present: [String: Set<TerraformAddress>]
    ) -> Set<String> {
        let deleted = Set(plan.drift.filter { $0.action == "delete" }.map(\.address))
        guard !deleted.isEmpty else { return [] }
        return Set(present.filter { !$0.value.isEmpty && $0.value.isSubset(of: deleted) }.keys)
    }

    /// Why a plan is refused; nil: it is not.
    func refusal(_ directory: String) -> String? {
        guard !offences.isEmpty else { return nil }
        let shown = offences.prefix(10).joined(separator: ", ")
        let more = offences.count > 10 ? " and \(offences.count - 10) more" : ""
        return
            "the plan of the workspace '\(directory)' touches what belongs to no node of this change: \(shown)\(more); "
            + "nothing was applied; apply that yourself, or take it out of the configuration"
    }
}
