internal import Reconciler

extension Plan.Condition {
    /// In two words, for a column of a table.
    private var short: String {
        switch type {
        case .rollout, .remediation: "\(type.rawValue) \(status.words)"
        case .setback: "new nodes fail"
        case .failover: "nodes for another region"
        case .setAside: "set aside"
        }
    }

    /// Conditions in a few words, each with the pools that are in it: `rollout halted in us-east/edge`.
    static func short(_ conditions: [Plan.Condition]) -> [String] {
        var order: [String] = []
        var places: [String: [String]] = [:]
        for condition in conditions {
            if places[condition.short] == nil { order.append(condition.short) }
            places[condition.short, default: []].append("\(condition.region)/\(condition.role)")
        }
        return order.map { "\($0) in \((places[$0] ?? []).joined(separator: " and "))" }
    }
}
