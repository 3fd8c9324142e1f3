/// When a failed provider call is tried again.
package enum Backoff {
    static let first: Duration = .seconds(2)
    static let longest: Duration = .seconds(300)
    /// A destroy that was accepted is asked for again after this, if the instance is still listed.
    static let destroyRepeat: Duration = .seconds(30)

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
