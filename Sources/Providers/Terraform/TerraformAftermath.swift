internal import Foundation
internal import Reconciler

/// What became of a round, read from the state after it.
struct TerraformAftermath: Sendable {
    let intent: TerraformIntent
    let state: TerraformState
    /// What the plan of the apply was to do.
    let plan: TerraformMessages
    /// The apply, as it went; nil: there was nothing to apply.
    let run: TerraformRun?
    /// Whether the state tells all: every command ended by itself.
    let isCertain: Bool

    private var present: [String: Set<TerraformAddress>] { state.addresses(of: intent.names) }

    /// Nodes that are there whole, with their place in the output. Another node's failure does not make them less so.
    var ready: Set<String> {
        let present = present
        return intent.creates.filter { name in
            guard state.nodes?[name] != nil, let own = present[name] else { return false }
            return (run?.isDone ?? true) || isWhole(name, own)
        }
    }

    /// Whether a node is there whole after an apply that failed for another: all that was planned for it was made.
    private func isWhole(_ name: String, _ own: Set<TerraformAddress>) -> Bool {
        guard isCertain, !isAccused(name), !own.contains(where: { state.resources[$0] == true }) else { return false }
        let planned = plan.changes.filter {
            !["noop", "read"].contains($0.action) && $0.address.node(among: intent.names) == name
        }
        // Whether an update was made, the state does not say.
        return planned.allSatisfy { $0.action == "create" && own.contains($0.address) }
    }

    /// Whether an error of the apply is about a node.
    private func isAccused(_ name: String) -> Bool {
        run?.messages.accuses(name) ?? false
    }

    /// Nodes whose making failed: an error is about them, or nothing of them was begun. One that was in the output before is none of
    /// them while anything of it is there: it may be in use.
    var failed: Set<String> {
        guard run != nil else { return [] }
        let present = present
        return intent.creates.filter { name in
            present[name] == nil || !intent.established.contains(name) && isAccused(name)
        }
    }

    /// Nodes that were to be destroyed, and of which all is still there.
    func intact(since before: [String: Set<TerraformAddress>]) -> Set<String> {
        let present = present
        return Set(
            intent.removals.keys.filter { name in
                guard let left = present[name], intent.before.variables.nodes[name] != nil else { return false }
                return left == before[name] && !left.contains { state.resources[$0] == true }
            })
    }

    /// What is written down after it.
    var record: TerraformRecord {
        let (present, ready) = (present, ready)
        var record = TerraformRecord()
        record.variables.nodes = intent.desired.filter {
            intent.deferred[$0.key] == nil && (present[$0.key] != nil || !isCertain && intent.creates.contains($0.key))
        }
        record.journal = TerraformJournal(
            lineage: state.lineage, serial: state.serial,
            unfinished: intent.creates.subtracting(ready).union(intent.postponed).intersection(
                record.variables.nodes.keys),
            leaving: intent.leaving.filter { present[$0.key] != nil },
            forgotten: intent.forgotten.filter { present[$0.key] != nil })
        return record
    }

    /// The answer to a call about a node; `words` tell what went wrong with it.
    func answer(_ wish: TerraformWish, _ words: (String) -> String) -> TerraformAnswer {
        let name = wish.node
        switch wish {
        case .create:
            if ready.contains(name), let node = intent.desired[name], let made = state.nodes?[name] {
                return .success(node.entry.instance(made))
            }
            let isThere = present[name] != nil
            if run?.isDone ?? true, intent.creates.contains(name) {
                return isThere
                    ? .failure(
                        .unknown(
                            "'\(name)' was made, and is not in the output 'nodes' of the workspace; correct the output")
                    )
                    : .failure(
                        .terminal(
                            "the workspace makes nothing for '\(name)': none of its resources has the id of a node as its key; "
                                + "use 'for_each = var.nodes'"))
            }
            let text = words(name)
            if isThere || !isCertain { return .failure(.unknown(text)) }
            return .failure(Self.isShortage(text) ? .noCapacity(text) : .retryable(text))
        case .destroy:
            guard present[name] != nil else { return isCertain ? .success(nil) : .failure(.unknown(words(name))) }
            return .failure(isCertain ? .retryable(words(name)) : .unknown(words(name)))
        }
    }

    /// Whether an error says that there is no room now. The words of the clouds' own errors: Amazon EC2, Google, Azure, Oracle, OpenStack
    /// and others, from their lists of error codes.
    static func isShortage(_ text: String) -> Bool {
        // Too many calls are no lack of room, though their words end alike.
        let isThrottled = ["RequestLimitExceeded", "rateLimitExceeded", "Throttling", "TooManyRequests"].contains {
            text.range(of: $0, options: .caseInsensitive) != nil
        }
        guard !isThrottled else { return false }
        return [
            "InsufficientInstanceCapacity", "InsufficientCapacity", "InstanceLimitExceeded", "VcpuLimitExceeded",
            "MaxSpotInstanceCountExceeded", "QuotaExceeded", "quota exceeded", "exceeded quota", "QUOTA_EXCEEDED",
            "ZONE_RESOURCE_POOL_EXHAUSTED", "RESOURCE_EXHAUSTED", "SkuNotAvailable", "AllocationFailed",
            "OverconstrainedAllocation", "Out of host capacity", "OutOfCapacity", "LimitExceeded",
            "No valid host was found",
            "droplet limit", "no capacity", "insufficient capacity", "not enough capacity",
        ].contains { text.range(of: $0, options: .caseInsensitive) != nil }
    }
}
