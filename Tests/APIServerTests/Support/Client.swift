import Dispatch
import Glibc
import Reconciler
import Testing

@testable import APIServer

/// A server of a ``TestAPI`` on a port that the system picked.
struct RunningServer {
    let server: APIServer
    let port: Int

    init(_ api: TestAPI, manager: ManagerSpec = ManagerSpec()) throws {
        server = APIServer(
            services: api.services, listen: ListenAddress(host: "127.0.0.1", port: 0), manager: manager)
        port = try #require(try server.start().plain).port
    }
}

/// An answer as it came over the wire.
struct WireResponse {
    let status: Int
    let head: String
    let body: String

    /// A header field's value, by its exact name.
    func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") where line.hasPrefix("\(name): ") {
            return String(line.dropFirst(name.utf8.count + 2))
        }
        return nil
    }
}

/// A client on one TCP connection, so plain that it can send what no library would. It blocks a thread of its own.
///
/// `@unchecked Sendable`: after `init` its state is touched on its serial queue alone.
final class Client: @unchecked Sendable {
    enum Failure: Error {
        case cannotConnect
        /// Nothing came within the client's patience; the connection is still open.
        case noAnswerInTime
        case connectionClosed
    }

    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private let queue = DispatchQueue(label: "client")

    private func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    /// `patience`: seconds after which what does not come counts as never coming. Only a test that fails waits for so long.
    init(port: Int, patience: Int = 50) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        // A test that hangs is worse than one that fails.
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let done = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if done != 0 { throw Failure.cannotConnect }
    }

    deinit { close(descriptor) }

    /// Sends these bytes; a closed connection is noticed when reading.
    func send(_ text: String) async throws { try await run { self.sendNow(text) } }

    /// Tells the server that nothing more comes.
    func endOfInput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Sends these bytes.
    func send(_ bytes: [UInt8]) async throws { try await run { self.sendNow(bytes[...]) } }

    /// All that comes until the server closes the connection.
    func readAll() async throws -> [UInt8] {
        try await run {
            while try !self.isClosedNow(), self.buffer.count < 1 << 20 {}
            return self.buffer
        }
    }

    /// What comes until this is in it, as it came: an answer that has no end yet.
    func read(until mark: String) async throws -> String {
        try await run {
            while !String(decoding: self.buffer, as: UTF8.self).contains(mark) { try self.more() }
            return String(decoding: self.buffer, as: UTF8.self)
        }
    }

    /// Sends a whole request and reads its answer.
    func ask(
        _ method: String, _ target: String, headers: [String] = [], body: String? = nil
    ) async throws -> WireResponse {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
        return try await run {
            self.sendNow(text)
            return try self.readNow(hasBody: true)
        }
    }

    /// Reads one answer.
    func read(hasBody: Bool = true) async throws -> WireResponse {
        try await run { try self.readNow(hasBody: hasBody) }
    }

    /// True when the server has closed the connection; waits for it, and throws ``Failure/noAnswerInTime`` when it does not.
    func isClosed() async throws -> Bool { try await run { try self.isClosedNow() } }

    private func sendNow(_ text: String) { sendNow(Array(text.utf8)[...]) }

    private func sendNow(_ whole: ArraySlice<UInt8>) {
        var bytes = whole
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }

    private func readNow(hasBody: Bool) throws -> WireResponse {
        let separator = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.firstRange(of: separator) {
                let head = String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
                let response = WireResponse(
                    status: Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, head: head, body: "")
                let length = hasBody ? Int(response.field("Content-Length") ?? "0") ?? 0 : 0
                guard buffer.count >= end.upperBound + length else {
                    try more()
                    continue
                }
                let body = String(decoding: buffer[end.upperBound..<(end.upperBound + length)], as: UTF8.self)
                buffer.removeFirst(end.upperBound + length)
                return WireResponse(status: response.status, head: head, body: body)
            }
            try more()
        }
    }

    private func isClosedNow() throws -> Bool {
        while true {
            do { try more() } catch Failure.connectionClosed { return true }
            if buffer.count > 1 << 20 { return false }
        }
    }

    private func more() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN { throw Failure.noAnswerInTime }
        if count <= 0 { throw Failure.connectionClosed }
        buffer += chunk[..<count]
    }
}
