/// Which node of one place: power of two choices (Mitzenmacher 2001) on true counts.
enum Selection {
    /// Draws two nodes, counts the client on the relatively less loaded, and returns it. When neither has room, the others are
    /// tried in turn from a random start, so that the last free place is found; nil when there is none.
    static func pick(
        from list: [Candidate], _ action: StreamAction, groupLimit: Int, using random: inout some RandomNumberGenerator
    ) -> Candidate? {
        let count = list.count
        guard count > 0 else { return nil }
        let first = index(below: count, &random)
        if count > 1 {
            var second = index(below: count - 1, &random)
            if second >= first { second += 1 }
            let (better, other) = isLess(list[second], list[first], action) ? (second, first) : (first, second)
            if take(list[better], action, groupLimit) { return list[better] }
            if take(list[other], action, groupLimit) { return list[other] }
        }
        for offset in 0..<count {
            let candidate = list[(first + offset) % count]
            if take(candidate, action, groupLimit) { return candidate }
        }
        return nil
    }

    private static func take(_ candidate: Candidate, _ action: StreamAction, _ groupLimit: Int) -> Bool {
        candidate.load.tryAdd(action, limit: candidate.limit, groupLimit: groupLimit)
    }

    /// By load in proportion to the limit; by count where there is no limit.
    private static func isLess(_ left: Candidate, _ right: Candidate, _ action: StreamAction) -> Bool {
        let leftLoad = left.load.total(action)
        let rightLoad = right.load.total(action)
        if left.limit == right.limit || left.limit == .max || right.limit == .max { return leftLoad < rightLoad }
        return Double(leftLoad) * Double(right.limit) < Double(rightLoad) * Double(left.limit)
    }

    /// Uniform in 0..<bound by multiplication, without a division (Lemire 2019; the bias below 2^-32 does not matter here).
    private static func index(below bound: Int, _ random: inout some RandomNumberGenerator) -> Int {
        Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
