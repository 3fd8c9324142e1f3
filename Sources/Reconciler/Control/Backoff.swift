/// When a failed provider call is tried again.
package enum Backoff {
    static let first: Duration = .seconds(2)
    static let longest: Duration = .seconds(300)
    /// A pool whose creates fail waits this long, doubling to ``longest`` (design.md; jitsi and cluster-autoscaler back off alike).
    static let firstOfPool: Duration = .seconds(5)
    /// A destroy that was accepted is asked for again after this, if the instance is still listed.
    static let destroyRepeat: Duration = .seconds(30)

    /// How long a pool waits after so many creates in a row that failed.
    static func create(_ failures: Int, _ salt: String) -> Duration { delay(failures - 1, salt) }

    /// How long a pool waits after so many nodes in a row that died young: one alone may be chance.
    static func start(_ failures: Int, _ salt: String) -> Duration { failures < 2 ? .zero : delay(failures - 2, salt) }

    /// Doubling from ``firstOfPool`` to ``longest``, up to a quarter shorter by the salt, so that pools do not march in step.
    private static func delay(_ doublings: Int, _ salt: String) -> Duration {
        let capped = min(firstOfPool.wholeMilliseconds << Int64(min(doublings, 16)), longest.wholeMilliseconds)
        // FNV-1a: the same salt gives the same wait, on any machine (http://www.isthe.com/chongo/tech/comp/fnv/).
        let hash = (salt.utf8 + [UInt8(truncatingIfNeeded: doublings)]).reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        // Its high bits hardly know the last characters: they are mixed.
        var mixed = SeededRandom(seed: hash)
        return .milliseconds(capped - Int64(Double(capped) * 0.25 * Double(mixed.next() >> 11) * 0x1p-53))
    }

    /// Doubling from ``first`` to ``longest``, with a jitter of a quarter so that failures do not march in step. An answer
    /// that was lost is asked for again sooner: the token makes that safe.
    package static func delay(
        after attempts: Int, _ failure: ProviderFailure, using random: inout some RandomNumberGenerator
    ) -> Duration {
        let base: Duration
        switch failure {
        case .unknown: base = .seconds(1)
        case .retryable, .noCapacity: base = first
        case .terminal: base = .seconds(10)
        }
        let doubled = base.wholeMilliseconds << Int64(min(max(attempts, 1) - 1, 16))
        let capped = min(doubled, longest.wholeMilliseconds)
        let jitter = Int64(Double(capped) * 0.25 * Double(random.next() >> 11) * 0x1p-53)
        return .milliseconds(capped - jitter)
    }
}
