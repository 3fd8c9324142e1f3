package import Reconciler

/// One request, whole, as the routes see it. It knows nothing of sockets.
package struct HTTPRequest: Sendable {
    /// What is asked for.
    package var method: HTTPMethod
    /// The target as it came, percent-encoded: path and query.
    package private(set) var target: [UInt8]
    /// Where the path lies in `target`.
    package private(set) var path: Range<Int>
    /// Where the query lies in `target`, without the question mark; empty when there is none.
    package private(set) var query: Range<Int>
    /// The header fields as they came.
    package var headers: HTTPHeaders
    /// The whole body, decoded if it came in chunks.
    package var body: [UInt8]
    /// The client's address without its port; empty when it is not known.
    package var remoteAddress: String
    /// The same, read; nil when it is none.
    package var peer: IPAddress?
    /// Names this request in its answer and in the log.
    package var id: String

    /// A request as a test or another caller in this process writes it.
    package init(
        _ method: HTTPMethod, _ target: String, headers: [(String, String)] = [], body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", id: String = ""
    ) {
        self.init()
        self.method = method
        self.headers = HTTPHeaders(headers)
        self.body = body
        self.remoteAddress = remoteAddress
        peer = IPAddress(remoteAddress)
        self.id = id
        setTarget(target.utf8)
    }

    /// An empty request, to be filled in.
    init() {
        method = .get
        target = []
        path = 0..<0
        query = 0..<0
        headers = HTTPHeaders()
        body = []
        remoteAddress = ""
        id = ""
    }

    /// Takes in a request target: origin form, or absolute form, whose scheme and authority are dropped (RFC 9112 section
    /// 3.2). Memory of an earlier target is used again.
    mutating func setTarget(_ bytes: some Sequence<UInt8>) {
        target.removeAll(keepingCapacity: true)
        target.append(contentsOf: bytes)
        let start = Self.pathStart(target)
        let mark = target[start...].firstIndex(of: UInt8(ascii: "?"))
        path = start..<(mark ?? target.count)
        query = mark.map { ($0 + 1)..<target.count } ?? target.count..<target.count
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
    package var fields: FormFields { FormFields(target[query]) }
}
