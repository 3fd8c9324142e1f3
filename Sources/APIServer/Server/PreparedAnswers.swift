internal import Reconciler

/// Answers of the library's whose fields are set already, for JSON bodies of one length each: most answers to publish and subscribe, and
/// to heartbeats. To make one anew takes a dozen allocations, and their end as many.
///
/// One is lent to a connection until its answer is sent. The connection keeps it for its next answer, which is mostly as long, and gives
/// it back for one of another length: so each open connection may have one, of some 1.7 KB at most. Those that are idle are in shards by
/// thread, so that threads hardly ever wait for each other.
final class PreparedAnswers: Sendable {
    /// One answer and its body.
    ///
    /// `@unchecked Sendable`: it is in one place at a time, here or with the exchange that it was lent to.
    @safe
    struct Answer: @unchecked Sendable {
        /// The library's.
        let response: MicroHTTPD.Response
        /// The body, which the response owns.
        let body: UnsafeMutableRawBufferPointer
        /// Where the value of `X-Request-Id` is; the response's too.
        let id: UnsafeMutableRawBufferPointer
        /// Where that of `Date` is, of ``AnswerDate/length`` bytes. The library would make one for each answer,
        /// under libc's lock of the time zone, which all threads share.
        let date: UnsafeMutableRawBufferPointer
        /// The moment that is there, in seconds since 1970.
        private var second = -1

        /// A new one.
        init(
            response: MicroHTTPD.Response, body: UnsafeMutableRawBufferPointer, id: UnsafeMutableRawBufferPointer,
            date: UnsafeMutableRawBufferPointer
        ) {
            unsafe (self.response, self.body, self.id, self.date) = (response, body, id, date)
        }

        /// Puts a body and an id of the right lengths in, and a moment in seconds since 1970.
        mutating func write(_ body: [UInt8], id text: String, at now: Int) {
            unsafe body.withUnsafeBytes { unsafe self.body.copyMemory(from: $0) }
            unsafe id.copyBytes(from: text.utf8)
            if second == now { return }
            second = now
            unsafe AnswerDate.write(now, into: date)
        }

        /// Whether a body and an id of these lengths go into it.
        func fits(_ length: Int, id idLength: Int) -> Bool {
            unsafe body.count == length && id.count == idLength
        }

        /// It may have been a token.
        func forget() { unsafe body.initializeMemory(as: UInt8.self, repeating: 0) }
    }

    /// Bytes of the longest body that an answer is prepared for.
    static let longest = 1024
    /// Idle ones that a shard keeps, of some 700 bytes and the body each.
    static let kept = 256

    private struct Shard: Sendable {
        /// By the length of the body; empty before the first.
        var idle: [[Answer]] = []
        var count = 0
        /// The length at which room is made next.
        var next = 0
    }

    /// More than there are threads on most machines: one for each, mostly.
    private let shards = Shards<16, Shard> { _ in Shard() }

    /// One with a body and an id of these lengths; nil when none is idle.
    func take(_ length: Int, id idLength: Int) -> Answer? {
        shards.withOwn { shard in
            // Nearly all ids are as long as ours: then it is the last.
            guard length < shard.idle.count,
                let place = shard.idle[length].lastIndex(where: { unsafe $0.id.count == idLength })
            else { return nil }
            shard.count -= 1
            return shard.idle[length].remove(at: place)
        }
    }

    /// Takes one back whose answer is sent. What is returned had to make room for it, and is the caller's to end: lengths take turns in
    /// that, so that those that are no longer asked for go.
    func give(_ answer: Answer) -> Answer? {
        shards.withOwn { shard in
            if shard.idle.isEmpty { shard.idle = Array(repeating: [], count: Self.longest + 1) }
            unsafe shard.idle[answer.body.count].append(answer)
            shard.count += 1
            if shard.count <= Self.kept { return nil }
            shard.count -= 1
            // There is at least the one that came.
            while true {
                shard.next = (shard.next + 1) % shard.idle.count
                if let left = shard.idle[shard.next].popLast() { return left }
            }
        }
    }

    /// Hands out all that are idle, to be ended.
    func empty() -> [Answer] {
        var all: [Answer] = []
        shards.forEach { shard in
            all += shard.idle.joined()
            shard = Shard()
        }
        return all
    }
}
