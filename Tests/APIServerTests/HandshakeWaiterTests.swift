import Glibc
import Reconciler
import Testing

@testable import APIServer

/// Whose handshake waits for its client, is asked again when there is something to read, and not before.
@Suite("Waiting handshakes", .timeLimit(.minutes(1)))
struct HandshakeWaiterTests {
    /// Two ends of a connection, and how often one of them was suspended and resumed.
    final class Pair: Sendable {
        let own: CInt
        let other: CInt
        let counts = Locked((suspended: 0, resumed: 0))

        init() {
            var ends: [CInt] = [-1, -1]
            _ = unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
            (own, other) = (ends[0], ends[1])
        }

        deinit {
            close(own)
            close(other)
        }

        func wait(in waiter: HandshakeWaiter) {
            waiter.wait(for: own) {
                self.counts.with { $0.suspended += 1 }
                return { self.counts.with { $0.resumed += 1 } }
            }
        }

        func isResumed() async throws {
            while counts.with({ $0.resumed < $0.suspended }) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private func say(_ text: String, _ pair: Pair) {
        #expect(unsafe write(pair.other, text, text.utf8.count) == text.utf8.count)
    }

    @Test("it is resumed by bytes, by the other end's close, and at the stop, each once")
    func resumed() async throws {
        let waiter = HandshakeWaiter()
        waiter.start()
        let (first, second, third) = (Pair(), Pair(), Pair())
        for pair in [first, second, third] { pair.wait(in: waiter) }
        #expect(waiter.count == 3)
        say("hello", first)
        try await first.isResumed()
        shutdown(second.other, CInt(SHUT_RDWR))
        try await second.isResumed()
        #expect(waiter.count == 1 && third.counts.with { $0 == (1, 0) })
        waiter.close()
        try await third.isResumed()
        third.wait(in: waiter)
        for pair in [first, second, third] { #expect(pair.counts.with { $0 == (1, 1) }) }
    }

    @Test("many at once, each many times: every suspension ends once, also beside a stop", arguments: 0..<8)
    func storm(_ round: Int) async throws {
        let waiter = HandshakeWaiter()
        waiter.start()
        let pairs = (0..<32).map { _ in Pair() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for pair in pairs {
                group.addTask {
                    for _ in 0..<20 {
                        pair.wait(in: waiter)
                        say("x", pair)
                        try await pair.isResumed()
                        var byte: UInt8 = 0
                        _ = unsafe read(pair.own, &byte, 1)
                    }
                }
            }
            group.addTask {
                for _ in 0..<(round * 20) { await Task.yield() }
                if round % 2 == 1 { waiter.close() }
            }
            try await group.waitForAll()
        }
        waiter.close()
        #expect(waiter.count == 0)
        for pair in pairs { #expect(pair.counts.with { $0.suspended == $0.resumed }) }
    }

    @Test("ended twice, it writes into nothing that has its bell's number by then")
    func twice() async throws {
        let waiter = HandshakeWaiter()
        waiter.start()
        waiter.close()
        for _ in 0..<100 {
            let pairs = (0..<32).map { _ in Pair() }
            waiter.close()
            for pair in pairs {
                for end in [pair.own, pair.other] {
                    var waiting: CInt = 0
                    #expect(unsafe ioctl(end, UInt(FIONREAD), &waiting) == 0 && waiting == 0)
                }
            }
            await Task.yield()
        }
    }
}
