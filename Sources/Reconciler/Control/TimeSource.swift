/// The clock, as a port: the daemon's is the system's, the tests' is moved by hand.
package protocol TimeSource: Sendable {
    /// The wall clock, in UTC.
    func now() -> Timestamp
    /// Returns after `duration`, or throws `CancellationError` at once when the task is cancelled.
    func sleep(for duration: Duration) async throws
}

/// A small, fast generator (wyrand by Wang Yi): equal seeds give equal draws. Not for secrets.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0xa076_1d64_78bd_642f
        let product = state.multipliedFullWidth(by: state ^ 0xe703_7ed1_a0b4_28db)
        return product.high ^ product.low
    }

    /// True with the given probability, 0...1.
    package mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) * 0x1p-53 < probability
    }
}
