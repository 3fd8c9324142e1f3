internal import Foundation

/// How many more nodes of a pool may be disrupted now, for which reasons: the most restrictive of the budgets that are open.
///
/// As Karpenter's (https://karpenter.sh/docs/concepts/disruption/#nodepool-disruption-budgets): percent are of the pool's nodes that
/// started, rounded up; nodes that are leaving, faulty or not ready are disrupted already, whatever for; a budget that cannot be read
/// allows nothing. What dies is not asked: only voluntary actions pass through here.
struct DisruptionGate {
    private struct Open {
        let budget: BudgetSpec
        let allowed: Int
        let words: String
    }

    private let open: [Open]
    /// Nodes that are disrupted, with those that were let through.
    private(set) var disrupted: Int

    /// - Parameters:
    ///   - total: the pool's nodes that started and are not being destroyed.
    ///   - disrupted: those of them that are leaving, faulty or not well.
    init(_ budgets: [BudgetSpec], total: Int, disrupted: Int, now: Timestamp) {
        self.disrupted = disrupted
        open = budgets.compactMap { budget in
            let allowed = budget.nodes.rounded(up: true, of: total)
            let share = if case .percent = budget.nodes { " (\(allowed) of \(total))" } else { "" }
            let reasons = budget.reasons.map(\.rawValue).sorted().joined(separator: ", ")
            let subject = "the budget of \(budget.nodes)\(share)" + (reasons.isEmpty ? "" : " for \(reasons)")
            guard let window = budget.window else { return Open(budget: budget, allowed: allowed, words: subject) }
            guard TimeZone(identifier: window.timezone) != nil else {
                return Open(
                    budget: budget, allowed: 0,
                    words: "\(subject), which counts as 0 since this machine knows no time zone '\(window.timezone)'")
            }
            guard let times = window.opening(at: now) else { return nil }
            return Open(budget: budget, allowed: allowed, words: "\(subject), open until \(times.closes)")
        }
    }

    /// How many well nodes more may be disrupted for these reasons, and what bounds that; nil: nothing does.
    func room(for reasons: Set<BudgetSpec.Reason>) -> (count: Int, words: String)? {
        strictest(for: reasons).map { (max($0.allowed - disrupted, 0), words(of: $0)) }
    }

    private func strictest(for reasons: Set<BudgetSpec.Reason>) -> Open? {
        open.filter { $0.budget.reasons.isEmpty || !$0.budget.reasons.isDisjoint(with: reasons) }.min {
            $0.allowed < $1.allowed
        }
    }

    private func words(of budget: Open) -> String {
        budget.words + (disrupted > 0 ? "; \(disrupted) disrupted already" : "")
    }

    /// Counts one more node as disrupted; what holds it if it may not be. A node that is not well is among the disrupted already.
    mutating func take(_ reasons: Set<BudgetSpec.Reason>, isWell: Bool) -> String? {
        let after = disrupted + (isWell ? 1 : 0)
        if let strictest = strictest(for: reasons), after > strictest.allowed { return words(of: strictest) }
        disrupted = after
        return nil
    }
}
