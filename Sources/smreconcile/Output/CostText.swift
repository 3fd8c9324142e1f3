internal import Reconciler

/// What nodes cost, for people.
enum CostText {
    /// `Cost: 0.510 an hour now, 0.680 when it is done (+0.170); 2 nodes have no price.` Where there will be more or fewer of these than
    /// there are: `2 nodes have no price now, 5 when it is done`.
    static func sentence(_ costs: PlanCosts) -> String {
        let (now, planned) = (costs.now, costs.planned)
        let change = planned.perHour - now.perHour
        var text = "Cost: \(money(now.perHour)) an hour now, \(money(planned.perHour)) when it is done"
        // What is shown as the same is the same.
        if money(now.perHour) != money(planned.perHour) {
            text += " (\(change < 0 ? "-" : "+")\(money(abs(change))))"
        }
        if max(now.unpriced, planned.unpriced) > 0 {
            text += "; \(now.unpriced) node\(now.unpriced == 1 ? " has" : "s have") no price"
            if now.unpriced != planned.unpriced { text += " now, \(planned.unpriced) when it is done" }
        }
        return text + "."
    }

    /// `0.510`, `0.510 (2 unpriced)`.
    static func cell(_ cost: HourlyCost) -> String {
        money(cost.perHour) + (cost.unpriced > 0 ? " (\(cost.unpriced) unpriced)" : "")
    }

    /// Cheap nodes cost a few hundredths an hour: of small sums one digit more is told.
    private static func money(_ amount: Double) -> String { amount.fixed(abs(amount) < 10 ? 3 : 2) }
}
