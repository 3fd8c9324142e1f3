/// Which node of one place: power of two choices (Mitzenmacher 2001) on true counts.
enum Selection {
    /// Draws before the list is gone through: enough to find room where a tenth of the nodes have it, in four of five cases.
    private static let draws = 16

    /// Draws two nodes, counts the client on the better by ``isLess(_:_:_:)``, and returns it. When neither has room at this level,
    /// a few others are drawn, and then the list is gone through, so that the last free place is found; nil when there is none. A
    /// list that is marked as full is not gone through. With a trace, the choice is told there, and nobody is counted.
    static func pick(
        from list: [Candidate], _ action: StreamAction, _ level: FillLevel = .hard, groupLimit: Int,
        marks: CandidateMarks? = nil, using random: inout some RandomNumberGenerator, trace: RouteTrace? = nil
    ) -> Candidate? {
        let count = list.count
        guard count > 0 else { return nil }
        let first = index(below: count, &random)
        // Before the search: room that comes while it lasts makes the mark void.
        let rooms = list[first].load.rooms
        if let marks, trace == nil, marks.mark(level).holds(at: rooms) { return nil }
        func take(_ candidate: Candidate) -> Bool {
            // Most of a full region is full: that is seen without writing anything.
            let bound = candidate.bound(level)
            return candidate.load.total(action) < bound
                && (trace != nil || candidate.load.tryAdd(action, limit: bound, groupLimit: groupLimit))
        }
        var partner: Candidate?
        if count > 1 {
            var second = index(below: count - 1, &random)
            if second >= first { second += 1 }
            partner = list[second]
            let (isLess, byRank) = compare(list[second], list[first], action)
            let (better, other) = isLess ? (second, first) : (first, second)
            if take(list[better]) {
                trace?.draw(list[first], partner, of: count, list[better], byRank ? .lowerRank : .lessLoaded, level)
                return list[better]
            }
            if take(list[other]) {
                trace?.draw(list[first], partner, of: count, list[other], .otherFull, level)
                return list[other]
            }
            if count > draws {
                for _ in 2..<draws {
                    let candidate = list[index(below: count, &random)]
                    if take(candidate) {
                        trace?.draw(list[first], partner, of: count, candidate, .searched, level)
                        return candidate
                    }
                }
            }
        }
        let found = search(list, action, level, from: count > draws ? marks?.searchStart ?? first : first, take)
        switch found {
        case .room(let place):
            if trace == nil { marks?.searchStart = place }
            trace?.draw(list[first], partner, of: count, list[place], count == 1 ? .onlyOne : .searched, level)
            return list[place]
        case .full: if trace == nil { marks?.mark(level).set(at: rooms) }
        case .unknown: break
        }
        trace?.draw(list[first], partner, of: count, nil, .full, level)
        return nil
    }

    private enum Found {
        case room(Int)
        case full
        /// Nobody was found, and somebody may have room: the limit of the group keeps it, or others took it meanwhile.
        case unknown
    }

    private static func search(
        _ list: [Candidate], _ action: StreamAction, _ level: FillLevel, from start: Int, _ take: (Candidate) -> Bool
    ) -> Found {
        let count = list.count
        var isFull = true
        for offset in 0..<count {
            let place = (start < count ? start : 0) + offset
            let index = place < count ? place : place - count
            if take(list[index]) { return .room(index) }
            if !list[index].load.passBy(action, at: list[index].bound(level)) { isFull = false }
        }
        return isFull ? .full : .unknown
    }

    /// Ranks that differ by less than this share of the larger say nothing: the measurements behind them are no better.
    private static let rankMargin = 0.05
    /// A better rank is good for so much of the node's limit before the load decides: ranks are as old as the view, and the
    /// clients of one moment must not all land on one node.
    private static let leadShare = 20
    /// The same for nodes without a limit.
    private static let openLead = 10

    /// The lower rank wins, unless the ranks are nearly equal, one is unknown, or the better node was given its lead already since
    /// the view was made; then it is by load in proportion to the limit, or by count where there is no limit.
    static func isLess(_ left: Candidate, _ right: Candidate, _ action: StreamAction) -> Bool {
        compare(left, right, action).isLess
    }

    /// The same, and whether the rank said so.
    private static func compare(
        _ left: Candidate, _ right: Candidate, _ action: StreamAction
    ) -> (isLess: Bool, byRank: Bool) {
        let leftLoad = left.load.total(action)
        let rightLoad = right.load.total(action)
        if let leftRank = left.ranking, let rightRank = right.ranking {
            let difference = leftRank.value - rightRank.value
            if abs(difference) > rankMargin * max(abs(leftRank.value), abs(rightRank.value)) {
                let lead = (leftLoad - leftRank.clients) - (rightLoad - rightRank.clients)
                if difference < 0 {
                    if lead < Self.lead(left) { return (true, true) }
                } else if -lead < Self.lead(right) {
                    return (false, true)
                }
            }
        }
        if left.limit == right.limit || left.limit == .max || right.limit == .max {
            return (leftLoad < rightLoad, false)
        }
        return (Double(leftLoad) * Double(right.limit) < Double(rightLoad) * Double(left.limit), false)
    }

    /// How many more clients a better rank brings it than the other, at most.
    private static func lead(_ candidate: Candidate) -> Int {
        candidate.limit == .max ? openLead : max(1, candidate.limit / leadShare)
    }

    /// Uniform in 0..<bound by multiplication, without a division (Lemire 2019; the bias below 2^-32 does not matter here).
    private static func index(below bound: Int, _ random: inout some RandomNumberGenerator) -> Int {
        Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
