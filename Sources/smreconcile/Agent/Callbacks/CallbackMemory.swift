internal import APIServer
internal import Crypto
internal import Reconciler

/// What a node remembers to answer its media server when the manager cannot, without I/O.
///
///     asked ──answer under 500──▶ passed on, and remembered
///       ▲ └──silence or 5xx──▶ outage: answered from memory, the manager asked once per `retryDelay`
///       └──accepted heartbeat, or `retryDelay` over──┘
///
/// Media must not die with the manager: what plays goes on, newcomers are let in as it would most likely have answered.
struct CallbackMemory: Sendable {
    /// What came of a question to the manager.
    enum Reply: Equatable, Sendable {
        /// `isGuarded`: publishers of the stream must bring something. `isFinal`: a decision of the manager, whatever its status.
        case answer(status: Int, location: String?, isGuarded: Bool = false, isFinal: Bool = false)
        /// None, with the reason.
        case silence(String)
    }

    /// Streams whose place is remembered: more than one node carries, and a few megabytes at most.
    static let streamLimit = 10_000
    /// Between two questions to a manager that is away, so that clients need not wait for its silence.
    static let retryDelay: Duration = .seconds(1)

    private struct Outage: Sendable {
        var retryAt: ContinuousClock.Instant
        var ownAnswers = 0
    }

    private var places: RecentValues<StreamKey, String>
    /// Streams whose publishers must bring something, with a digest of what the last one brought that the manager let in; empty when
    /// there was none.
    private var guarded: RecentValues<StreamKey, [UInt8]>
    /// Streams that are published to this node.
    private var sources: Set<StreamKey> = []
    /// Those of them that the statistics may not show yet.
    private var arriving: Set<StreamKey> = []
    /// The manager's last word; nil until a heartbeat was accepted.
    private var directive: Directive?
    private var parents: [String] = []
    private var outage: Outage?
    /// Who is let in.
    var gate: TicketGate

    /// The memory of a node, which knows nothing yet.
    init(node: NodeID, streamLimit: Int = streamLimit) {
        gate = TicketGate(node: node)
        places = RecentValues(limit: streamLimit)
        guarded = RecentValues(limit: streamLimit)
    }

    // MARK: - What there is to know

    /// The media server's own word on its streams.
    mutating func observe(_ streams: [StreamReport]) {
        sources = Set(streams.lazy.filter { $0.role == .source }.map(\.key)).union(arriving)
        arriving = []
    }

    /// What came of a heartbeat.
    mutating func heard(_ reply: AgentCore.Reply, at now: ContinuousClock.Instant) {
        switch reply {
        case .answer(let answer):
            directive = answer.directive
            parents = answer.parents
            gate.heard(answer.tickets)
            for route in answer.routes where !isKnown(route) { places.keep(route.url, for: route.stream) }
            outage?.retryAt = now
        case .refused(let status, _) where [401, 403, 404].contains(status): directive = nil
        case .refused, .silence: break
        }
    }

    /// The same place as is remembered with a ticket for it, and none of its own.
    private mutating func isKnown(_ route: PullRoute) -> Bool {
        places.value(of: route.stream).map { $0.prefix { $0 != "?" } == route.url } ?? false
    }

    // MARK: - Calls

    /// Whether the manager is to be asked now. During an outage one call in a while is used to try it again.
    mutating func mayAsk(at now: ContinuousClock.Instant) -> Bool {
        guard let retryAt = outage?.retryAt else { return true }
        guard now >= retryAt else { return false }
        outage?.retryAt = now + Self.retryDelay
        return true
    }

    /// The answer to a call, and a line for standard error; `reply` is nil when the manager was not asked, `proof` is a digest of what a
    /// publisher brought, `date` is for tickets.
    mutating func answer(
        _ call: MediaCall, _ reply: Reply?, showing ticket: PresentedTicket, proof: [UInt8] = [], on date: Timestamp,
        at now: ContinuousClock.Instant
    ) -> (answer: MediaAnswer, line: String?) {
        let trouble: String
        switch reply {
        case .answer(let status, let location, let isGuarded, let isFinal) where status < 500 || isFinal:
            defer { outage = nil }
            learn(call, status, location)
            if case .publish(let stream) = call { learn(stream, status, isGuarded: isGuarded, proof) }
            let line = outage.map { "the manager answers callbacks again; \($0.ownAnswers) were answered here" }
            return (MediaAnswer(status: status, location: location, words: "the manager's answer"), line)
        case .answer(let status, _, _, _): trouble = "it answers \(status)"
        case .silence(let words): trouble = words
        case nil:
            outage?.ownAnswers += 1
            return (ownAnswer(call, ticket, proof, date), nil)
        }
        var line: String?
        if outage == nil {
            outage = Outage(retryAt: now + Self.retryDelay)
            line = "the manager answers no callbacks (\(trouble)); they are answered here until it does"
        }
        outage?.ownAnswers += 1
        return (ownAnswer(call, ticket, proof, date), line)
    }

    private mutating func learn(_ call: MediaCall, _ status: Int, _ location: String?) {
        switch (call, status) {
        case (.play(let stream), 300..<400): if let location { places.keep(location, for: stream) }
        case (.play(let stream), 200..<300), (.play(let stream), 404): places.forget(stream)
        case (.publish(let stream), 200..<300): begin(stream)
        case (.unpublish(let stream), _): end(stream)
        default: break
        }
    }

    /// The manager's word on whether a publisher of this stream must bring something.
    private mutating func learn(_ stream: StreamKey, _ status: Int, isGuarded: Bool, _ proof: [UInt8]) {
        switch status {
        case 200..<300 where isGuarded: guarded.keep(proof, for: stream)
        case 200..<300: guarded.forget(stream)
        default: if isGuarded, guarded.value(of: stream) == nil { guarded.keep([], for: stream) }
        }
    }

    /// Whether that is what the last publisher brought, where anything is needed.
    private mutating func isProven(_ proof: [UInt8], for stream: StreamKey) -> Bool {
        guard let known = guarded.value(of: stream) else { return true }
        return !known.isEmpty && constantTimeEquals(known, proof)
    }

    private mutating func ownAnswer(
        _ call: MediaCall, _ ticket: PresentedTicket, _ proof: [UInt8], _ date: Timestamp
    ) -> MediaAnswer {
        if let refusal = gate.refusal(call, ticket, on: date) { return refusal }
        switch call {
        case .play(let stream): return place(of: stream)
        case .publish(let stream):
            // The publisher may have been sent here moments ago.
            guard directive == .serve else {
                return .refused(
                    503, "the manager is away, and its last word was \(directive?.rawValue ?? "not heard yet")")
            }
            if !isProven(proof, for: stream) {
                return .refused(
                    403, "the manager is away, and this is not what the last publisher of '\(stream)' brought")
            }
            begin(stream)
        case .unpublish(let stream): end(stream)
        case .ownPull, .other: break
        }
        return .allowed
    }

    private mutating func place(of stream: StreamKey) -> MediaAnswer {
        if sources.contains(stream) { return .allowed }
        if let place = places.value(of: stream) { return .redirect(place) }
        if let parent = parents.first { return .redirect(stream.url(under: parent)) }
        return .refused(503, "the manager is away, and '\(stream)' is not here")
    }

    private mutating func begin(_ stream: StreamKey) {
        sources.insert(stream)
        arriving.insert(stream)
    }

    private mutating func end(_ stream: StreamKey) {
        sources.remove(stream)
        arriving.remove(stream)
    }
}
