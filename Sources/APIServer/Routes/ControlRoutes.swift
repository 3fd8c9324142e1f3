internal import Foundation
internal import Reconciler

/// What the control loop knows, plans and did, and the few things that a person may tell it.
struct ControlRoutes: Sendable {
    /// What they work with.
    let services: APIServices
    private let open = EventStream.OpenStreams()

    /// The routes of these services.
    init(services: APIServices) { self.services = services }

    private static let standardEventCount: Int64 = 100
    private static let maximumEventCount: Int64 = 1000

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/state", .roles(.readers),
                "The State document: the whole input of a decision beside the spec",
                .later { _ async throws(Problem) in try state() }
            )
            .in(.control).query().answers(APISchemas.reference("State"), "The document."),
            Route(
                .get, "/as/v1/plan", .roles(.readers), "The plan of the last round",
                .later { _ async throws(Problem) in try plan() }
            )
            .in(.control).query().answers(APISchemas.reference("Plan"), "The plan."),
            Route(
                .get, "/as/v1/events", .roles(.readers),
                "The newest events, oldest first; with 'Accept: text/event-stream' every new one as it comes",
                .later { call async throws(Problem) in try await events(call) }
            )
            .in(.control)
            .query(
                .integer("after", 0...Int64.max, "Only those with a greater id."),
                .integer(
                    "limit", 1...Self.maximumEventCount, "The newest so many; \(Self.standardEventCount) if not said."),
                .text("subject", "About this only.", example: "live-edge-1")
            )
            .answers(.list(of: APISchemas.reference("Event")), "The events.")
            .alsoAnswers(EventStream.contentType, .text),
            Route(
                .post, "/as/v1/approvals", .roles(.operators), "Releases what a plan holds under a hash",
                .later { call async throws(Problem) in try await approve(call) }
            )
            .in(.control).query().body(APISchemas.reference("Approval"), example: ["hash": "0a1b2c3d4e5f"])
            .answers(APISchemas.reference("Approved"), "It is released.")
            .fails(404, "Nothing waits for it."),
        ]
    }

    private func state() throws(Problem) -> HTTPResponse {
        let snapshot = services.live.snapshot
        do {
            return .json([UInt8](try StateDocument(snapshot.fleet, at: snapshot.at).json()))
        } catch {
            throw Problem(500, "the State document cannot be written: \(error)")
        }
    }

    private func plan() throws(Problem) -> HTTPResponse {
        do {
            let snapshot = services.live.snapshot
            let costs = PlanCosts(of: snapshot.plan, spec: snapshot.spec, fleet: snapshot.fleet)
            return .json(Array(try snapshot.plan.json(costs: costs, commit: snapshot.spec.origin?.commit).utf8))
        } catch {
            throw Problem(500, "the plan cannot be written: \(error)")
        }
    }

    private func events(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let after = try fields.integer("after", in: 0...Int64.max) ?? 0
        let limit = try fields.integer("limit", in: 1...Self.maximumEventCount) ?? Self.standardEventCount
        let subject = try fields.text("subject")
        if EventStream.isWanted(call.request.headers) {
            // Where a client was when it lost us counts more than where it began.
            var last = try EventStream.lastID(call.request.headers)
            if last == nil { last = try fields.integer("after", in: 0...Int64.max) }
            let token = call.request.headers.first(.authorization).map {
                Array($0.dropFirst("Bearer ".utf8.count))
            }
            let stream = EventStream(
                store: services.store, time: services.time, subject: subject, caller: call.caller, open: open,
                isAllowed: { [services] in
                    guard let token, case .valid = services.tokens.verify(token[...], at: services.time.now()) else {
                        return false
                    }
                    return true
                })
            return try stream.answer(after: last)
        }
        let events: [Event]
        do {
            events = try await services.store.events(after: after, about: subject, limit: Int(limit))
        } catch {
            throw .unavailable("the events cannot be read: \(error.message)", retryAfter: .seconds(5))
        }
        return .json(
            JSONWriter.list(events) { json, event in event.write(into: &json) })
    }

    private func approve(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        var hash: String?
        do {
            var reader = JSONReader(call.request.body)
            try reader.object { (reader, name) throws(JSONFault) in
                if name == "hash" { hash = try reader.string() } else { try reader.skip() }
            }
            try reader.end()
        } catch {
            throw .badRequest("the body is not {\"hash\": \"…\"}: \(error.message)")
        }
        guard let hash, !hash.isEmpty else {
            throw .badRequest("the body needs 'hash', which the plan shows as 'approval'")
        }
        do {
            try await services.commands.approve(hash, by: call.caller)
        } catch {
            throw Problem(error)
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("approved", hash)
        json.endObject()
        return .json(json.bytes)
    }
}

extension RouteCall {
    /// The caller's name, for events.
    var caller: String { principal?.subject ?? "" }
}

extension Problem {
    /// A refused command.
    init(_ failure: CommandFailure) {
        switch failure {
        case .notFound(let text): self = .notFound(text)
        case .conflict(let text): self.init(409, text)
        case .unavailable(let text): self = .unavailable(text, retryAfter: .seconds(5))
        }
    }
}
