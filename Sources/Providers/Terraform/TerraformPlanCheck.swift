internal import Reconciler

/// The decision whether a plan may be applied: it touches nothing but the nodes of this round.
///
/// A change belongs to the node whose id is an instance key in its address. What belongs to no node, or to one that the round does not
/// name, is an offence, and one is enough to refuse the plan.
struct TerraformPlanCheck: Sendable, Equatable {
    /// What the plan would do beside, as `delete aws_eip.shared`.
    private(set) var offences: [String] = []
    /// Whether each of them is about a node whose destroy waits, and of which a part is gone: a plan for the others alone has none of it.
    private(set) var isHeldByLeaving = false
    /// Nodes of which nothing is left: what the plan found deleted is all that they had. Never remade: the manager decides that.
    private(set) var vanished: Set<String> = []
    /// Why that is not believed; nil: it is. Then nothing may be forgotten, and nothing applied.
    let doubt: String?

    /// Of all nodes no more than this vanish at once, in percent, when it is more than one. Machines are lost one by one, or with a
    /// zone of several; a changed region, account or provider block makes most of them unreadable, and they run on.
    static let believedLoss = 50

    /// Judges a plan for an intent; `present` are the resources that each node had before.
    init(_ plan: TerraformMessages, _ intent: TerraformIntent, present: [String: Set<TerraformAddress>]) {
        let lost = Self.vanished(plan, present: present)
        doubt = Self.doubt(lost.count, of: present.count)
        vanished = lost.intersection(intent.desired.keys).subtracting(intent.creates)
        var held = 0
        for change in plan.changes where !["noop", "read"].contains(change.action) {
            let node = change.address.node(among: intent.names)
            if let node, vanished.contains(node), change.action == "create" { continue }
            if let node, Self.isAllowed(change, of: node, intent) { continue }
            offences.append("\(change.action) \(change.address)")
            if let node, intent.deferred[node] != nil { held += 1 }
        }
        isHeldByLeaving = held > 0 && held == offences.count
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

    /// Whether a plan failed for some of the nodes that exist, so that one for the others alone may not. False when the errors are about
    /// anything else, or about most nodes: then it is the account, the region or the configuration.
    static func isAboutExisting(
        _ run: TerraformRun, _ intent: TerraformIntent, present: [String: Set<TerraformAddress>]
    ) -> Bool {
        let messages = run.messages
        guard run.hasEndedItself, !run.wasNotBegun, !messages.isLocked, !messages.complaints.isEmpty,
            doubt(vanished(messages, present: present).count, of: present.count) == nil
        else { return false }
        let nodes = Set(present.keys)
        var accused: Set<String> = []
        for complaint in messages.complaints {
            if let address = complaint.address {
                guard let node = address.node(among: nodes) else { return false }
                accused.insert(node)
            } else if !complaint.context.hasPrefix("resource ") {
                return false
            }
        }
        return !nodes.isEmpty && doubt(accused.count, of: nodes.count) == nil
    }

    /// The words for a loss that is too large to be believed; nil: it is believed. `count` nodes vanished of the `all` that the state has.
    static func doubt(_ count: Int, of all: Int) -> String? {
        guard count > 1, count * 100 > all * believedLoss else { return nil }
        return
            "\(count) of \(all) nodes have vanished at once: has the region, the account or the provider's configuration changed? "
            + "nothing is forgotten, and nothing is applied; put it back, or remove them with `terraform state rm` if they are really "
            + "gone"
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
