import Dispatch
import Foundation
import Glibc
import Reconciler

/// An HTTP server of one thread per connection that answers each request with the bytes a closure returns.
final class TestServer: Sendable {
    /// What becomes of a request.
    enum Reply: Sendable {
        /// The whole response.
        case text(String)
        /// No answer, and the connection stays.
        case nothing
        /// These bytes, and the connection ends.
        case hangUp(after: String)
    }

    let port: Int
    private let listener: Int32
    private let requests = Locked<[String]>([])
    private let connections = Locked<Int>(0)

    /// `answer` gets the whole request and returns the whole response; nil: no answer at all.
    convenience init(_ answer: @escaping @Sendable (String) -> String?) {
        self.init(replies: { answer($0).map(Reply.text) ?? .nothing })
    }

    /// `reply` gets the whole request.
    init(replies reply: @escaping @Sendable (String) -> Reply) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let file = listener
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(file, $0, length)
                _ = unsafe getsockname(file, $0, &length)
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        listen(file, 16)
        Thread.detachNewThread { [requests, connections] in
            while true {
                let connection = accept(file, nil, nil)
                guard connection >= 0 else { return }
                connections.with { $0 += 1 }
                Thread.detachNewThread {
                    while let request = Self.read(connection) {
                        requests.with { $0.append(request) }
                        switch reply(request) {
                        case .nothing: continue
                        case .text(let response): Self.send(response, to: connection)
                        case .hangUp(let part):
                            Self.send(part, to: connection)
                            close(connection)
                            return
                        }
                    }
                    close(connection)
                }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var url: String { "http://127.0.0.1:\(port)" }
    var received: [String] { requests.current }
    var connectionCount: Int { connections.current }

    /// A response with a body.
    static func response(_ status: String, _ body: String, headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static func send(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The next request with its body; nil when the connection ended.
    private static func read(_ connection: Int32) -> String? {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: buffer[..<count], as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
            let length = text.lowercased().firstMatch(of: #/content-length: (\d+)/#).flatMap { Int($0.1) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }
}
