internal import Glibc
package import Reconciler

/// One request, whole, as the routes see it. It knows nothing of sockets.
///
/// A value, whose parts are in one box: passed on from the socket to its route, it costs one reference to count, not one per part. Who
/// changes a request that another one has too gets a box of its own.
package struct HTTPRequest: Sendable {
    private var parts: Parts

    /// `@unchecked Sendable`: it is changed only while one request alone has it: when it is made, after ``own()``, and where ``begin`` has
    /// seen that.
    ///
    /// `@exclusivity(unchecked)`: for the same reason. Whoever changes it has the only value that it belongs to, and two accesses to that
    /// are seen by the compiler; where the value is a property of an object, by what that object's owner says of it.
    private final class Parts: @unchecked Sendable {
        @safe @exclusivity(unchecked) var method = HTTPMethod.get
        @safe @exclusivity(unchecked) var target: [UInt8] = []
        @safe @exclusivity(unchecked) var path = 0..<0
        @safe @exclusivity(unchecked) var query = 0..<0
        @safe @exclusivity(unchecked) var headers = HTTPHeaders()
        @safe @exclusivity(unchecked) var body: [UInt8] = []
        @safe @exclusivity(unchecked) var remoteAddress = ""
        @safe @exclusivity(unchecked) var peer: IPAddress?
        @safe @exclusivity(unchecked) var id = ""

        init() {}

        init(_ other: Parts) {
            method = other.method
            (target, path, query) = (other.target, other.path, other.query)
            headers = other.headers.copy()
            (body, remoteAddress, peer, id) = (other.body, other.remoteAddress, other.peer, other.id)
        }
    }

    /// Before each change.
    private mutating func own() {
        if !isKnownUniquelyReferenced(&parts) { parts = Parts(parts) }
    }

    /// What is asked for.
    package var method: HTTPMethod {
        get { parts.method }
        set {
            own()
            parts.method = newValue
        }
    }
    /// The target as it came, percent-encoded: path and query.
    package var target: [UInt8] { _read { yield parts.target } }
    /// Where the path lies in `target`.
    package var path: Range<Int> { parts.path }
    /// Where the query lies in `target`, without the question mark; empty when there is none.
    package var query: Range<Int> { parts.query }
    /// The header fields as they came.
    package var headers: HTTPHeaders {
        // Read and changed in place: a copy of the fields is no small thing.
        _read { yield parts.headers }
        _modify {
            own()
            yield &parts.headers
        }
    }
    /// The whole body, decoded if it came in chunks.
    package var body: [UInt8] {
        _read { yield parts.body }
        _modify {
            own()
            yield &parts.body
        }
    }
    /// The client's address without its port; empty when it is not known.
    package var remoteAddress: String { parts.remoteAddress }
    /// The same, read; nil when it is none.
    package var peer: IPAddress? { parts.peer }
    /// Names this request in its answer and in the log.
    package var id: String {
        get { parts.id }
        set {
            own()
            parts.id = newValue
        }
    }

    /// A request as a test or another caller in this process writes it.
    package init(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", id: String = ""
    ) {
        self.init(from: remoteAddress, IPAddress(remoteAddress))
        parts.method = method
        parts.headers = HTTPHeaders(headers)
        parts.body = body
        parts.id = id
        setTarget(target.utf8)
    }

    /// An empty request, to be filled in.
    init() { parts = Parts() }

    /// A request of this client, to be filled in.
    init(from remoteAddress: String, _ peer: IPAddress?) {
        parts = Parts()
        (parts.remoteAddress, parts.peer) = (remoteAddress, peer)
    }

    /// Begins a new request of the same client. Memory of the one before is used again, unless somebody has that still.
    mutating func begin(target bytes: some Sequence<UInt8>, keepingBody: Bool) {
        if isKnownUniquelyReferenced(&parts) {
            parts.method = .get
            parts.headers.removeAll()
            if !keepingBody {
                parts.body = []
            } else if !parts.body.isEmpty {
                parts.body.removeAll(keepingCapacity: true)
            }
            parts.id = ""
        } else {
            let fresh = Parts()
            (fresh.remoteAddress, fresh.peer) = (parts.remoteAddress, parts.peer)
            parts = fresh
        }
        setTarget(bytes)
    }

    /// Takes in a request target: origin form, or absolute form, whose scheme and authority are dropped (RFC 9112 section
    /// 3.2).
    private mutating func setTarget(_ bytes: some Sequence<UInt8>) {
        parts.target.removeAll(keepingCapacity: true)
        parts.target.append(contentsOf: bytes)
        let start = Self.pathStart(parts.target)
        let end = parts.target.count
        let mark = Self.questionMark(in: parts.target, from: start)
        parts.path = start..<(mark ?? end)
        parts.query = mark.map { ($0 + 1)..<end } ?? end..<end
    }

    private static func questionMark(in target: [UInt8], from start: Int) -> Int? {
        unsafe target.withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress,
                let found = unsafe memchr(first + start, CInt(UInt8(ascii: "?")), bytes.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - first
        }
    }

    private static func pathStart(_ target: [UInt8]) -> Int {
        let slash = UInt8(ascii: "/")
        if target.first == slash { return 0 }
        for scheme in ["http://", "https://"] where target.starts(with: scheme.utf8) {
            return target[scheme.utf8.count...].firstIndex { $0 == slash || $0 == UInt8(ascii: "?") } ?? target.count
        }
        return 0
    }

    /// The path as text, for messages.
    package var pathText: String { String(decoding: target[path], as: UTF8.self) }

    /// The fields of the query.
    package var fields: FormFields { query.isEmpty ? FormFields([]) : FormFields(target[query]) }

    /// What the log and those whom we ask for its sake learn of it. Routes that answer at once run without: they set it where they log.
    var scope: RequestScope {
        guard headers.count(of: .traceParent) == 1, let parent = headers.first(.traceParent) else {
            return RequestScope(id: id, trace: nil)
        }
        let states = headers.values(.traceState).joined(separator: Array(", ".utf8))
        return RequestScope(id: id, trace: TraceContext(parent: parent, state: Array(states)))
    }
}
