internal import Reconciler

/// One connection's present request and answer. The connection's object is used for all its requests, one after the
/// other, and its buffers with it.
///
///     idle ─target─▶ head ─▶ body ─▶ waiting ─▶ answered ─completed─▶ idle
///                      └──────┴──────────────────┘
///
/// `@unchecked Sendable`: all but `late` and `watch` is touched by callbacks of one connection alone, and the library makes these one
/// at a time, on the thread that the connection belongs to. While a request waits, the connection is suspended and no
/// callback comes; then only `late` is touched, behind its lock, and who stops the server reads `request`, see ``AwaitedAnswers``. `watch` is
/// made of atomics.
///
/// `@exclusivity(unchecked)`: for the same reason no two accesses meet, unless a callback is given the exchange beside a part of it, which
/// none is.
@safe
final class Exchange: @unchecked Sendable {
    /// How far the present request is.
    enum Phase {
        /// No request is under way.
        case idle
        /// The request line is there.
        case head
        /// The head is sound; the body comes in.
        case body
        /// An answer is awaited, the connection is suspended.
        case waiting
        /// An answer is queued.
        case answered
    }

    /// What becomes of an awaited answer.
    enum Late {
        /// Nothing is awaited.
        case none
        /// Work is under way.
        case awaited
        /// The answer came and is not queued yet.
        case here(HTTPResponse)
    }

    /// How far the present request is.
    @safe @exclusivity(unchecked) var phase = Phase.idle
    /// The present request, as far as it came.
    @safe @exclusivity(unchecked) var request: HTTPRequest
    /// How its head lies in memory.
    @safe @exclusivity(unchecked) var layout = HeadLayout()
    /// Bytes of body that the route takes.
    @safe @exclusivity(unchecked) var bodyLimit = 0
    /// A body follows the head, of whatever length.
    @safe @exclusivity(unchecked) var hasBody = false
    /// Who sends the body, if it is not a small one.
    @safe @exclusivity(unchecked) var sender = BodySender.stranger
    /// What is answered when the body has come, of which nothing is kept: its sender may not send it, or there is no room.
    @safe @exclusivity(unchecked) var refusal: Problem?
    /// The body comes in chunks.
    @safe @exclusivity(unchecked) var isChunked = false
    /// Bytes of the ``BodyBudget`` that are taken for it.
    @safe @exclusivity(unchecked) var reserved = 0
    /// Bytes of body that came, those over the limit too.
    @safe @exclusivity(unchecked) var received = 0
    /// The prepared answer that is being sent, or was sent last.
    @safe @exclusivity(unchecked) var lent: PreparedAnswers.Answer?
    /// It is being sent.
    @safe @exclusivity(unchecked) var isLentInUse = false
    /// The awaited answer, shared with the work on it.
    let late = Locked(Late.none)
    /// Bytes and fields that a head may have, as it was when the connection began.
    let headLimits: (bytes: Int, fields: Int)
    /// The client's address, as the ledger counts it.
    let address: IPAddress?
    /// How far the connection is, for the reaper.
    let watch = ConnectionWatch()
    /// What its TLS session began with, which must live as long as the session; nil without TLS.
    let credentials: TLSCredentials?
    /// Where its TLS session reads, which is freed when the connection ends; nil without TLS.
    var wire: UnsafeMutableRawPointer?

    /// A connection that just began.
    init(
        remoteAddress: String, credentials: TLSCredentials? = nil, headLimits: (bytes: Int, fields: Int) = (.max, .max)
    ) {
        self.headLimits = headLimits
        address = IPAddress(remoteAddress)
        request = HTTPRequest(from: remoteAddress, address)
        self.credentials = credentials
    }

    /// Begins a new request.
    func begin(target: UnsafeBufferPointer<UInt8>) {
        phase = .head
        unsafe request.begin(target: target, keepingBody: received <= Self.keptBody)
        layout = HeadLayout()
        hasBody = false
        isChunked = false
        sender = .stranger
        if refusal != nil { refusal = nil }
        received = 0
    }

    /// The memory of a body up to this size is used again for the next.
    private static let keptBody = 4096

    /// Forgets a large body as soon as its request is answered: the next may be long in coming.
    func dropBody() {
        if received > Self.keptBody { request.body = [] }
    }

    /// Takes in a part of the body; what is over the limit is counted and dropped.
    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        received += bytes.count
        watch.receive(bytes.count)
        if received <= bodyLimit, refusal == nil { unsafe request.body.append(contentsOf: bytes) }
    }

    /// Bytes of room that are missing for what has come of the body.
    var missingRoom: Int {
        guard refusal == nil, received > max(reserved, BodyBudget.small), received <= bodyLimit else { return 0 }
        return (received + BodyBudget.step - 1) / BodyBudget.step * BodyBudget.step - reserved
    }

    /// Settles an awaited answer. True for the first call, whose answer counts: the connection must then be resumed.
    func settle(_ response: HTTPResponse) -> Bool {
        late.with { late in
            guard case .awaited = late else { return false }
            late = .here(response)
            return true
        }
    }

    /// The settled answer, once.
    func takeLate() -> HTTPResponse? {
        late.with { late in
            guard case .here(let response) = late else { return nil }
            late = .none
            return response
        }
    }
}
