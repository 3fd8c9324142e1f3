/// An axis from zero in steps of 1, 2 or 5 times a power of ten.
struct NumberAxis: Equatable {
    /// From zero; the last is at least the largest value.
    let ticks: [Double]
    var top: Double { ticks[ticks.count - 1] }

    /// - Parameter steps: about how many steps are wanted; there are never more than twice as many.
    init(largest: Int, steps: Int = 4) {
        let largest = Double(Swift.max(largest, 1))
        // Values are counts: no step is a fraction.
        let wanted = Swift.max(1, largest / Double(Swift.max(1, steps)))
        var power = 1.0
        while power * 10 <= wanted { power *= 10 }
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= wanted * 0.999 } ?? 10 * power
        ticks = (0...Int((largest / step).rounded(.up))).map { Double($0) * step }
    }
}
