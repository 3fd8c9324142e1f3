internal import Glibc
internal import Reconciler

/// Answers of the library's whose fields are set already, for JSON bodies of one length each: most answers to publish and subscribe, and
/// to heartbeats. To make one anew takes a dozen allocations, and their end as many.
///
/// One is lent to a connection until its answer is sent, and then comes back. They are in shards by thread, so that threads hardly ever wait
/// for each other.
final class PreparedAnswers: Sendable {
    /// One answer and its body.
    ///
    /// `@unchecked Sendable`: it is in one place at a time, here or with the exchange that it was lent to.
    @safe
    struct Answer: @unchecked Sendable {
        /// The library's.
        let response: OpaquePointer
        /// The body, which the response owns.
        let body: UnsafeMutableRawBufferPointer
    }

    /// Bytes of the longest body that an answer is prepared for.
    static let longest = 1024
    private static let shardCount = 16
    /// Idle ones that a shard keeps, of some 700 bytes and the body each.
    static let kept = 256

    private struct Shard: Sendable {
        /// By the length of the body; empty before the first.
        var idle: [[Answer]] = []
        var count = 0
        /// The length at which room is made next.
        var next = 0
    }

    private let shards = (0..<shardCount).map { _ in Locked(Shard()) }

    /// That of the calling thread. Two threads may share one: that costs time, nothing else.
    private var shard: Locked<Shard> {
        let thread = UInt64(pthread_self()) >> 12 &* 0x9e37_79b9_7f4a_7c15
        return shards[Int(thread >> 60)]
    }

    /// One with a body of this length; nil when none is idle.
    func take(_ length: Int) -> Answer? {
        shard.with { shard in
            guard length < shard.idle.count, let answer = shard.idle[length].popLast() else { return nil }
            shard.count -= 1
            return answer
        }
    }

    /// Takes one back whose answer is sent. What is returned had to make room for it, and is the caller's to end: lengths take turns in
    /// that, so that those that are no longer asked for go.
    func give(_ answer: Answer) -> Answer? {
        shard.with { shard in
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
        shards.flatMap { shard in
            shard.with { shard in
                defer { shard = Shard() }
                return shard.idle.flatMap { $0 }
            }
        }
    }
}
