internal import Reconciler

/// A plan as JSON (design.md section 8).
enum PlanAnswer {
    /// The whole document.
    static func json(_ plan: Plan) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("changes", plan.actions.count)
        json.field("actions", each: plan.actions) { json, action in write(action, into: &json) }
        json.field("held", each: plan.held) { json, hold in write(hold, into: &json) }
        json.field("scaling", each: plan.scaling) { json, decision in write(decision, into: &json) }
        json.key("summary")
        json.beginObject()
        for kind in Plan.Action.Kind.allCases { json.field(kind.rawValue, plan.count(kind)) }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func write(_ action: Plan.Action, into json: inout JSONWriter) {
        json.beginObject()
        json.field("kind", action.kind.rawValue)
        json.field("nodeGroup", action.nodeGroup)
        json.field("region", action.region)
        json.field("role", action.role)
        json.field("node", action.node)
        json.field("reason", action.reason)
        json.field("rule", action.rule)
        json.endObject()
    }

    private static func write(_ hold: Plan.Hold, into json: inout JSONWriter) {
        json.beginObject()
        json.field("kind", hold.kind.rawValue)
        json.field("nodeGroup", hold.nodeGroup)
        json.field("region", hold.region)
        json.field("role", hold.role)
        json.field("node", hold.node)
        json.field("count", hold.count)
        json.field("reason", hold.reason)
        json.field("limit", hold.limit)
        json.field("approval", hold.approval)
        json.endObject()
    }

    private static func write(_ decision: ScalingDecision, into json: inout JSONWriter) {
        json.beginObject()
        json.field("nodeGroup", decision.nodeGroup)
        json.field("region", decision.region)
        json.field("role", decision.role)
        json.field("current", decision.current)
        json.field("ready", decision.ready)
        json.field("desired", decision.desired)
        json.field("reasons", decision.reasons)
        json.endObject()
    }
}
