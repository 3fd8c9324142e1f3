internal import Reconciler

/// What media servers ask and tell while clients come and go: nginx-rtmp's notify module
/// (github.com/arut/nginx-rtmp-module/wiki/Directives#notify). It sends forms, understands 2xx, 3xx with Location and
/// everything else as a refusal, and cannot set header fields: the token may come in the query.
package struct CallbackRoutes: Sendable {
    /// What they work with.
    let services: APIServices
    private let publishers = PublisherBook()

    /// The routes of these services.
    init(services: APIServices) { self.services = services }

    /// nginx-rtmp's forms hold a handful of short fields.
    private static let bodyLimit = 16 << 10
    /// Tells an agent that a publisher of this stream must bring something, so that it lets nobody in unproven while the manager is
    /// away.
    package static let guardedField = "X-Publisher-Guarded"
    private static let fields: [RouteDocument.Parameter] = [
        .text("token", "The node's token, where it cannot be in a header field."),
        .text("call", "`publish`, `publish_done`, `play`; others are let through.", required: true, example: "play"),
        .text("app", "The scope of the stream.", example: "live"), .text("name", "The stream's name.", example: "a"),
        .text("clientid", "The client's number at the node."), .text("flashver", "The client's own name."),
    ]
    private static let form = SchemaValue.record([
        .text("call", "`publish`, `publish_done`, `play`; others are let through."), .text("app").optional,
        .text("name").optional, .text("clientid").optional, .text("flashver").optional,
    ])
    /// From the manager's start until every node has had the time to say what it has: unknown is not empty until then.
    private static let settlingTime: Duration = .seconds(5)

    /// Their lines of the route table.
    var routes: [Route] {
        [HTTPMethod.post, .get].map { method in
            Route(
                method, "/as/v1/nodes/{id}/callbacks/nginx-rtmp", .roles(.node),
                "Answers nginx-rtmp's on_publish, on_play and the like", bodyLimit: Self.bodyLimit, tokenInQuery: true,
                .now { call throws(Problem) in try answer(call) }
            )
            .in(.nodes).query(bearingUnknown: method == .get ? Self.fields : [Self.fields[0]])
            .form(
                method == .get ? nil : Self.form,
                example: ["call": "play", "app": "live", "name": "a", "clientid": "7"]
            )
            .answers(.text, "Go on.", contentType: HTTPResponse.plainText)
            .answersEmpty(302, "Get the stream from `Location`.")
            .fails(404, "The stream is not live.").fails(503, "No node has room to give it.")
        }
    }

    private func answer(_ call: borrowing RouteCall) throws(Problem) -> HTTPResponse {
        let node = try call.ownNode()
        // The first field of a name counts: nginx-rtmp writes its own first, and a client's arguments last.
        let fields = call.request.body.isEmpty ? call.request.fields : FormFields(call.request.body[...])
        let event = try fields.required("call")
        switch event {
        case "publish", "publish_done", "play": break
        default: return .text("ok\n")
        }
        guard services.live.view.nodes[node] != nil else { throw .notFound("there is no node '\(node)'") }
        if event != "play", try isOwnPull(fields) { return .text("ok\n") }
        let stream = StreamKey(scope: try fields.required("app"), name: try fields.required("name"))
        guard StreamName.isValidScope(stream.scope), StreamName.isValid(stream.name) else {
            throw .badRequest(
                "'app' or 'name' is too long, or has control characters or an odd segment between slashes")
        }
        if event != "publish_done" {
            let action: StreamAction = event == "publish" ? .publish : .subscribe
            try services.admit(
                try PresentedTicket(fields), action, stream, at: node, now: call.now, asked: call.request)
            if let why = services.live.barrier(of: stream, action, at: node) { throw .forbidden(why) }
        }
        switch event {
        case "publish":
            let marks = services.live.isGuarded(stream, on: node) ? [(Self.guardedField, "true")] : []
            if let why = try refusal(of: stream, on: node, fields) { throw Problem(403, why, headers: marks) }
            try publish(stream, on: node, client: try fields.text("clientid") ?? "", at: call.now)
            var response = HTTPResponse.text("ok\n")
            response.headers += marks
            return response
        case "publish_done":
            if publishers.ends(stream, on: node, client: try fields.text("clientid") ?? "") {
                services.live.unpublished(stream, on: node)
            }
        default: return try play(stream, on: node, at: call.now)
        }
        return .text("ok\n")
    }

    /// An edge's own pull calls on_publish too, without an application, which a client always has.
    private func isOwnPull(_ fields: FormFields) throws(Problem) -> Bool {
        guard try fields.text("flashver")?.hasPrefix("ngx-local-relay") == true else { return false }
        return try (fields.text("app") ?? "").isEmpty
    }

    /// Why a publisher may not begin, by what it brought in the arguments of its URL; nil: it may.
    private func refusal(
        of stream: StreamKey, on node: NodeID, _ fields: FormFields
    ) throws(Problem) -> String? {
        guard services.live.isGuarded(stream, on: node) else { return nil }
        let proof = PublishSecret.Proof(
            username: try fields.text("username"), password: try fields.text("password"),
            token: try fields.text("token"))
        return services.live.refusal(of: proof, for: stream, on: node)
    }

    /// A publisher came, or the node's own pull begins: nginx-rtmp asks in both cases. A node that takes no publishers can
    /// only be pulling, so a stream that is live elsewhere is let through there, and stays live there. Never a redirect:
    /// nginx-rtmp would push the stream on and on.
    private func publish(
        _ stream: StreamKey, on node: NodeID, client: String, at now: Timestamp
    ) throws(Problem) {
        let isLive = services.live.streams.entry(stream)?.live?.node == node
        if services.live.published(stream, on: node, at: now) {
            publishers.begins(stream, on: node, client: client, isLive: isLive)
            return
        }
        let capabilities = services.live.view.nodes[node]?.capabilities ?? []
        let live = services.live.streams.entry(stream)?.live
        if !capabilities.contains(.publish), let live, live.node != node { return }
        throw .forbidden("the node '\(node)' takes no publisher of '\(stream)' now")
    }

    private func play(_ stream: StreamKey, on node: NodeID, at now: Timestamp) throws(Problem) -> HTTPResponse {
        switch services.live.source(of: stream, for: node, over: "rtmp", at: now) {
        case .here: return .text("ok\n")
        case .at(let path):
            let whole = stream.url(under: path.parent.url)
            let location = services.pullURL(whole, of: stream, from: path.parent.node, by: node, now: now)
            return .empty(302, headers: [("Location", location)])
        case .noRoom: throw .noRoom(for: stream)
        case .notLive:
            if now - services.live.snapshot.fleet.observingSince < Self.settlingTime {
                throw .unavailable("it is not known yet where '\(stream)' is", retryAfter: .seconds(1))
            }
            throw .notFound("the stream '\(stream)' is not live")
        }
    }
}
