internal import Crypto
internal import Reconciler

extension APIServices {
    /// Stream name and arguments together that nginx-rtmp takes; what is beyond is cut off (its NGX_RTMP_MAX_NAME is 256, found so on
    /// 1.2.2 with ffmpeg).
    static let maximumPlayPath = 255
    /// How long a node may use the ticket to get a stream from another: as long as a manager may be away without edges losing the
    /// streams that they once had. Nodes alone ever see it.
    static let pullLifetime: Duration = .seconds(600)

    /// What a request for a ticket says.
    struct TicketWish: Equatable {
        /// `ticket`; nil: when the node needs one.
        var isWanted: Bool?
        /// `client`; nil: the caller is meant.
        var client: String?

        /// Takes `ticket` and `client` of a publish or subscribe.
        init(_ fields: FormFields) throws(Problem) {
            guard !fields.isEmpty else { return }
            switch try fields.text("ticket") {
            case nil: break
            case "true": isWanted = true
            case "false": isWanted = false
            case let other?:
                throw .badRequest("the parameter 'ticket' is '\(other.prefix(40))', not true or false")
            }
            client = try fields.text("client")
            if let client, !TicketClient.isValid(client) {
                throw .badRequest("the parameter 'client' must have 1 to 128 bytes and no control characters")
            }
        }
    }

    /// Adds a ticket for the chosen node to an answer to publish or subscribe, a JSON object, if it is wanted: `ticket`,
    /// `ticketExpiresAt`, and for RTMP `ticketUrl`, the URL with the short form, if it is short enough.
    func addTicket(
        _ wish: TicketWish, for query: RouteQuery, at candidate: Candidate, in view: RoutingView,
        _ principal: Principal?, now: Timestamp, to json: inout [UInt8]
    ) throws(Problem) {
        guard wish.isWanted ?? view.needsTicket(candidate.group, query.action) else { return }
        let client = wish.client ?? principal?.subject ?? ""
        guard TicketClient.isValid(client) else {
            throw .badRequest("your own name cannot be in a ticket; say for whom it is with the parameter 'client'")
        }
        let grant = TicketGrant(.init(query.action), query.stream, at: candidate.node)
        let expiry = TicketAuthority.expiry(view.ticketLifetime, from: now)
        var more = JSONWriter()
        do {
            more.beginObject()
            more.field("ticket", try tickets.token(grant, client: client, at: now, until: expiry))
            more.field("ticketExpiresAt", expiry)
            if ["rtmp", "rtmps"].contains(candidate.endpoint.protocol),
                let arguments = fitting(try tickets.arguments(grant, client: client, until: expiry), query.stream)
            {
                let host = candidate.address.contains(":") ? "[\(candidate.address)]" : candidate.address
                let base = "\(candidate.endpoint.protocol)://\(host):\(candidate.endpoint.port)"
                more.field("ticketUrl", "\(query.stream.url(under: base))?\(arguments)")
            }
            more.endObject()
        } catch {
            throw Problem(500, "signing the ticket failed: \(error.message)")
        }
        json.removeLast()
        json.append(UInt8(ascii: ","))
        json += more.bytes.dropFirst()
    }

    /// The arguments, if nginx-rtmp takes them whole behind the name.
    private func fitting(_ arguments: String, _ stream: StreamKey) -> String? {
        var name: [UInt8] = []
        RouteAnswerBytes.percentEncode(stream.name.utf8, into: &name)
        return name.count + 1 + arguments.utf8.count <= Self.maximumPlayPath ? arguments : nil
    }

    /// The URL at which `child` gets a stream from `source`, with a ticket for that where `source` lets nobody play without one.
    func pullURL(_ url: String, of stream: StreamKey, from source: NodeID, by child: NodeID, now: Timestamp) -> String {
        let view = live.view
        guard let group = view.nodes[source]?.pool.group,
            view.ticketPolicies[group]?.isRequired(for: .subscribe) == true
        else { return url }
        // Without a ticket the source says no, which is what there is to say when signing fails.
        let grant = TicketGrant(.pull, stream, at: source)
        guard let arguments = tickets.pullArguments(grant, child: child, lifetime: Self.pullLifetime, at: now) else {
            return url
        }
        return "\(url)?\(arguments)"
    }

    /// Lets a client in that a media server asks about, or throws 403 with what is wrong.
    func admit(
        _ presented: PresentedTicket, _ action: StreamAction, _ stream: StreamKey, at node: NodeID, now: Timestamp,
        asked request: HTTPRequest
    ) throws(Problem) {
        let view = live.view
        guard !view.ticketPolicies.isEmpty, let group = view.nodes[node]?.pool.group,
            let policy = view.ticketPolicies[group],
            policy.isRequired(for: action)
        else { return }
        let verdict = tickets.verifier.verify(
            presented, for: TicketVerifier.actions(action), stream, at: node, now: now)
        guard case .refused(let reason) = verdict else { return }
        if let more = tickets.refusals.note(at: now) {
            let others = more == 0 ? "" : " others=\(more)"
            let line =
                "ticket refused node=\(node) action=\(action.rawValue) stream=\(JSONWriter.quoted("\(stream)")) reason=\(RouteAnswerBytes.quoted(reason))\(others)"
            RequestScope.$current.withValue(request.scope) { log(line) }
        }
        throw .forbidden(reason)
    }
}
