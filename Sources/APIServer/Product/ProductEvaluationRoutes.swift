internal import Reconciler

/// Expressions tried on the metrics of nodes that there are, or on metrics that come with them.
struct ProductEvaluationRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/admin/evaluate"
    /// An expression has 4096 bytes at most, metrics of a node some thousands.
    private static let bodyLimit = 128 << 10

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .post, Self.path + "/capacity/{group}/{node}", .roles(.readers),
                "Tries a capacity expression on the metrics of a node", bodyLimit: Self.bodyLimit,
                audited: false,
                .later { call async throws(Problem) in try capacityOfNode(call) }),
            Route(
                .post, Self.path + "/capacity", .roles(.readers), "Tries a capacity expression on metrics of one node",
                bodyLimit: Self.bodyLimit, audited: false,
                .later { call async throws(Problem) in
                    let body = try EvaluationBody.read(call.request.body)
                    let expression = try Self.expression(body.expression, .capacity)
                    return try Self.capacity(expression.evaluate(node: ProductMetric.withNames(body.values)))
                }),
            Route(
                .post, Self.path + "/scale/{group}/{subGroup}/{role}", .roles(.readers),
                "Tries a scaling expression on the nodes of a role in a sub group", bodyLimit: Self.bodyLimit,
                audited: false,
                .later { call async throws(Problem) in try scaleOfPool(call) }),
            Route(
                .post, Self.path + "/scale", .roles(.readers), "Tries a scaling expression on aggregated metrics",
                bodyLimit: Self.bodyLimit, audited: false,
                .later { call async throws(Problem) in
                    let body = try EvaluationBody.read(call.request.body)
                    let expression = try Self.expression(body.expression, .scale)
                    return try Self.scale(expression.evaluate(aggregates: body.aggregate))
                }),
        ]
    }

    private func capacityOfNode(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let id = NodeID(try call.capture(1, "node id"))
        let fleet = services.live.snapshot.fleet
        guard let node = fleet.nodes[id], node.pool.group == group.name else { throw .notFound(fleet.noSuchNode(id)) }
        let metrics = services.live.telemetry.latest(of: id)?.heartbeat.metrics ?? node.metrics
        return try Self.capacity(
            try Self.expression(Self.text(call), .capacity).evaluate(node: ProductMetric.withNames(metrics)))
    }

    private func scaleOfPool(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let group = try ProductGroupName.group(try call.capture(0, "name of the node group"), services)
        let region = try ProductGroupName.region(try call.capture(1, "name of the sub group"), of: group)
        let role = try ProductGroupName.role(try call.capture(2, "name of the role"), of: group)
        let expression = try Self.expression(Self.text(call), .scale)
        let pool = PoolKey(group: group.name, region: region, role: role)
        let metrics = services.live.snapshot.fleet.nodes.values.filter {
            $0.pool == pool && $0.state == .inService
        }.map { services.live.telemetry.latest(of: $0.id)?.heartbeat.metrics ?? $0.metrics }
        return try Self.scale(
            expression.evaluate(over: { name in metrics.compactMap { ProductMetric.value(name, in: $0) } }))
    }

    // MARK: - Expressions and answers

    private static func text(_ call: RouteCall) throws(Problem) -> String {
        guard let text = String(validating: call.request.body, as: UTF8.self), !text.isEmpty else {
            throw .badRequest("the body is the expression itself, as text")
        }
        return text
    }

    private static func expression(_ text: String, _ form: Expression.Form) throws(Problem) -> Expression {
        do throws(ExpressionError) {
            return try Expression(text: text, form: form)
        } catch {
            let more = error.suggestion.map { "; \($0)" } ?? ""
            throw .badRequest("\(error.message), at column \(error.offset + 1)\(more)")
        }
    }

    private static let unknown = "the expression has no value: a metric in it is not reported, or it divides by zero"

    private static func capacity(_ value: Expression.Value) throws(Problem) -> HTTPResponse {
        guard let number = value.number else { throw .badRequest(unknown) }
        var json = JSONWriter()
        json.beginObject()
        json.key("doubleResult")
        json.value(number)
        // The product cuts it to 32 bits where it compares.
        json.field("integerResult", Int32(clamping: Int64(max(-1e15, min(1e15, number)))))
        json.endObject()
        return .json(json.bytes)
    }

    private static func scale(_ value: Expression.Value) throws(Problem) -> HTTPResponse {
        guard let truth = value.truth else { throw .badRequest(unknown) }
        var json = JSONWriter()
        json.beginObject()
        json.field("result", truth)
        json.endObject()
        return .json(json.bytes)
    }
}
