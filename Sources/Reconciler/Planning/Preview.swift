internal import Foundation

/// The plan that the daemon would make: the same functions, nothing carried out.
package enum Preview {
    package static func plan(spec: Spec, fleet: Fleet, now: Timestamp) -> Plan {
        var fleet = fleet
        _ = fleet.judge(spec: spec, now: now)
        return Planner.plan(spec: spec, fleet: fleet, now: now)
    }
}

extension Plan {
    /// The plan as programs read it (design.md section 8): pretty, with sorted keys.
    /// Without `costs` where no provider has a price.
    package func json(costs: PlanCosts?, commit: GitCommit? = nil) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(plan: self, costs: costs, commit: commit)), as: UTF8.self)
    }

    private struct Document: Encodable {
        let plan: Plan
        let costs: PlanCosts?
        let commit: GitCommit?

        private enum Key: String, CodingKey { case commit, changes, actions, held, scaling, conditions, costs, summary }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: Key.self)
            try values.encodeIfPresent(commit, forKey: .commit)
            try values.encode(plan.actions.count, forKey: .changes)
            try values.encode(plan.actions, forKey: .actions)
            try values.encode(plan.held, forKey: .held)
            try values.encode(plan.scaling, forKey: .scaling)
            try values.encode(plan.conditions, forKey: .conditions)
            try values.encodeIfPresent(costs, forKey: .costs)
            let kinds = Action.Kind.allCases.filter { [.create, .drain, .destroy].contains($0) || plan.count($0) > 0 }
            try values.encode(
                Dictionary(uniqueKeysWithValues: kinds.map { ($0.rawValue, plan.count($0)) }), forKey: .summary)
        }
    }
}
