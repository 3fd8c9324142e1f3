internal import Glibc
internal import Reconciler

/// Answers of the library's whose fields are set already, for JSON bodies of one length each: most answers to publish and subscribe, and
/// to heartbeats. To make one anew takes a dozen allocations, and their end as many.
///
/// One is lent to a connection until its answer is sent. It then comes back, as long as there is room. Threads have their own: they do not
/// wait for each other.
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
    /// Idle ones that a shard keeps: the connections that a thread answers at once, of a few lengths each.
    private static let kept = 256

    private struct Shard: Sendable {
        /// By the length of the body.
        var idle: [[Answer]] = Array(repeating: [], count: longest + 1)
        var count = 0
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
            guard let answer = shard.idle[length].popLast() else { return nil }
            shard.count -= 1
            return answer
        }
    }

    /// Takes one back whose answer is sent. False when there is no room: it is the caller's then.
    func give(_ answer: Answer) -> Bool {
        shard.with { shard in
            guard shard.count < Self.kept else { return false }
            shard.count += 1
            unsafe shard.idle[answer.body.count].append(answer)
            return true
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
