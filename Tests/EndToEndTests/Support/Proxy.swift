import Foundation
import Glibc

/// A TCP proxy between agents and their manager that can stop forwarding: a partition without a firewall.
///
/// Connections of a partition stay open and silent; what was sent into it arrives when it heals, as with a network that
/// sends again. Whose connection it is tells the first request on it, which has the node's id in its path. Each connection
/// has two threads of its own: nothing here runs on the cooperative pool.
final class Proxy: @unchecked Sendable {
    // Sendable: `state` is touched with `condition` locked only, all else never changes.
    private struct State {
        var target: UInt16?
        /// Everyone is cut off.
        var isWhole = false
        /// These nodes are cut off.
        var nodes: Set<String> = []
        var isClosed = false
        var links: [Int32: Link] = [:]
    }

    /// Two sockets, and how many threads are still between them.
    private struct Link {
        var server: Int32
        var threads = 2
    }

    private static let chunk = 16 << 10

    /// Where it listens, on 127.0.0.1.
    let port: UInt16
    private let listener: Int32
    private let condition = NSCondition()
    private var state = State()

    /// Listens on a free port; forwards nothing until it has a target.
    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let file = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard isBound, listen(file, 128) == 0 else {
            throw NeverHappened(description: "the proxy cannot listen: error \(errno)")
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.acceptAll() }
    }

    /// `http://127.0.0.1:PORT`.
    var url: String { "http://127.0.0.1:\(port)" }

    // MARK: - What a test does to it

    /// Forwards to this port of 127.0.0.1 from now on.
    func forward(to port: UInt16) { change { $0.target = port } }

    /// Stops forwarding for one node.
    func cut(_ node: String) { change { $0.nodes.insert(node) } }

    /// Stops forwarding for everyone.
    func cutAll() { change { $0.isWhole = true } }

    /// Forwards everything again, first of all what waited.
    func heal() {
        change { state in
            state.isWhole = false
            state.nodes = []
        }
    }

    /// Ends every connection and listens no more.
    func close() {
        change { state in
            state.isClosed = true
            for (client, link) in state.links { Self.end(client, link.server) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func change(_ body: (inout State) -> Void) {
        condition.lock()
        body(&state)
        condition.broadcast()
        condition.unlock()
    }

    // MARK: - Threads

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            if client < 0 && errno == EINTR { continue }
            guard client >= 0 else { break }
            Thread.detachNewThread { self.serve(client) }
        }
        Glibc.close(listener)
    }

    /// The first bytes say whose connection it is; only then, and when it is let through, is the manager asked.
    private func serve(_ client: Int32) {
        guard let first = Self.receive(client) else {
            Glibc.close(client)
            return
        }
        let node = Self.node(in: first)
        guard let target = awaitPassage(node), let server = Self.connect(target) else {
            Glibc.close(client)
            return
        }
        change { $0.links[client] = Link(server: server) }
        Thread.detachNewThread { self.pump(from: server, to: client, nil, node, client) }
        pump(from: client, to: server, first, node, client)
    }

    private func pump(from source: Int32, to sink: Int32, _ first: [UInt8]?, _ node: String?, _ link: Int32) {
        var next = first ?? Self.receive(source)
        while let bytes = next, awaitPassage(node) != nil, Self.send(bytes, to: sink) { next = Self.receive(source) }
        // An end is a message too: it does not get through a partition.
        _ = awaitPassage(node)
        change { state in
            guard var known = state.links[link] else { return }
            Self.end(link, known.server)
            known.threads -= 1
            state.links[link] = known
            if known.threads == 0 {
                Glibc.close(link)
                Glibc.close(known.server)
                state.links[link] = nil
            }
        }
    }

    /// Waits while the node is cut off; the target, or nil when there is none or the proxy is closed.
    private func awaitPassage(_ node: String?) -> UInt16? {
        condition.lock()
        defer { condition.unlock() }
        while !state.isClosed, state.isWhole || node.map(state.nodes.contains) == true { condition.wait() }
        return state.isClosed ? nil : state.target
    }

    // MARK: - Sockets

    /// The id in `POST /as/v1/nodes/ID/…`.
    private static func node(in bytes: [UInt8]) -> String? {
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        let parts = line.split(separator: "/")
        return parts.firstIndex(of: "nodes").flatMap { $0 + 1 < parts.count ? String(parts[$0 + 1]) : nil }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }

    private static func connect(_ port: UInt16) -> Int32? {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port)
        let outcome = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if outcome == 0 { return file }
        Glibc.close(file)
        return nil
    }

    /// Some bytes, or nil at the end.
    private static func receive(_ file: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = unsafe recv(file, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            return count > 0 ? Array(buffer[..<count]) : nil
        }
    }

    private static func send(_ bytes: [UInt8], to file: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let count = unsafe Glibc.send(file, rest, rest.count, Int32(MSG_NOSIGNAL))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Both ends hear of it; whoever waits for bytes goes on.
    private static func end(_ client: Int32, _ server: Int32) {
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }
}
