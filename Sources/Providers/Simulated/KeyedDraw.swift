internal import Reconciler

/// A generator for one question, made from the seed and the question itself.
///
/// Concurrent callers reach a shared generator in an order that differs from run to run. Draws that depend only on
/// what is asked (`create|token|time`) give equal answers in any order, so a simulation replays from its seed.
func keyedRandom(seed: UInt64, _ key: String) -> SeededRandom {
    // FNV-1a, 64 bit.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    var random = SeededRandom(seed: seed &* 0x9e37_79b9_7f4a_7c15 ^ hash)
    _ = random.next()  // neighbouring seeds part after one step
    return random
}

extension SeededRandom {
    /// A number in 0..<1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
