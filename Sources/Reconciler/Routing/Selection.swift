/// Which node of one place gets a client: power of two choices (Mitzenmacher 2001) on true counts.
package struct Selection {
    let action: StreamAction
    let level: FillLevel
    /// That of all candidates.
    let group: GroupLoad
    let groupLimit: Int
    /// With a trace, the choice is told there, and nobody is counted.
    let trace: RouteTrace?

    /// Among candidates of a group with this load and this limit.
    package init(
        for action: StreamAction, _ level: FillLevel = .hard, in group: GroupLoad, limit: Int = .max,
        trace: RouteTrace? = nil
    ) {
        (self.action, self.level, self.group, groupLimit, self.trace) = (action, level, group, limit, trace)
    }

    /// Draws before the list is gone through: enough to find room where a tenth of the nodes have it, in four of five cases.
    private static let draws = 16

    /// Draws two nodes, counts the client on the better, and returns its index in the list. When neither has room at this level, a few
    /// others are drawn, and then the list is gone through, so that the last free place is found; nil when there is none. A list that is
    /// marked as full is not gone through.
    ///
    /// A node that carries the stream already gets the client in place of the better of the two, unless it is fuller by more than its
    /// role's `affinity`.
    package func pick(
        from list: CandidateList, _ carriers: Carriers? = nil, using random: inout SeededRandom
    ) -> Int? {
        let count = list.count
        if count < 2 { return count == 0 ? nil : alone(list) }
        let first = Self.index(below: count, &random)
        // Before the search: room that comes while it lasts makes the mark void.
        let rooms = group.rooms
        if trace == nil, list.marks.mark(level).holds(at: rooms) { return nil }
        var second = Self.index(below: count - 1, &random)
        if second >= first { second += 1 }
        let order = list.isRanked ? ranked(list, second, first) : (isLess: isLess(list, second, first), byRank: false)
        let (better, other) = order.isLess ? (second, first) : (first, second)
        if list.hasAffinity, let carriers, let carrier = carriers.draw(from: list, &random), carrier != better,
            isWorthIt(list, carrier, better), take(list, carrier)
        {
            return chosen(list, carrier, .carries, first, second)
        }
        if take(list, better) { return chosen(list, better, order.byRank ? .lowerRank : .lessLoaded, first, second) }
        if take(list, other) { return chosen(list, other, .otherFull, first, second) }
        if count > Self.draws {
            for _ in 2..<Self.draws {
                let index = Self.index(below: count, &random)
                if take(list, index) { return chosen(list, index, .searched, first, second) }
            }
        }
        return search(list, first, second, rooms)
    }

    private func alone(_ list: CandidateList) -> Int? {
        if take(list, 0) { return chosen(list, 0, .onlyOne, 0, nil) }
        trace?.draw(list.candidates[0], nil, of: 1, nil, .full, level)
        return nil
    }

    /// Most of a full region is full: that is seen without writing anything.
    private func take(_ list: CandidateList, _ index: Int) -> Bool {
        let seat = list.seat(index)
        let bound = seat.bound(level)
        if seat.cell.total >= bound { return false }
        return trace != nil || group.tryAdd(action, on: seat.cell, limit: bound, groupLimit: groupLimit)
    }

    private func chosen(
        _ list: CandidateList, _ index: Int, _ reason: RouteTrace.Reason, _ first: Int, _ second: Int?
    ) -> Int {
        trace?.draw(
            list.candidates[first], second.map { list.candidates[$0] }, of: list.count, list.candidates[index], reason,
            level)
        return index
    }

    private func search(_ list: CandidateList, _ first: Int, _ second: Int, _ rooms: Int) -> Int? {
        let count = list.count
        let marks = list.marks
        let start = count > Self.draws ? marks.searchStart : first
        var isFull = true
        for offset in 0..<count {
            let place = (start < count ? start : 0) + offset
            let index = place < count ? place : place - count
            if take(list, index) {
                if trace == nil { marks.searchStart = index }
                return chosen(list, index, .searched, first, second)
            }
            // Somebody may have room: the limit of the group keeps it, or others took it meanwhile.
            if !list.candidates[index].load.passBy(action, at: list.seat(index).bound(level)) { isFull = false }
        }
        if isFull, trace == nil { marks.mark(level).set(at: rooms) }
        trace?.draw(list.candidates[first], list.candidates[second], of: count, nil, .full, level)
        return nil
    }

    // MARK: - The better of two

    /// By load in proportion to the limit, or by count where there is no limit.
    private func isLess(_ list: CandidateList, _ left: Int, _ right: Int) -> Bool {
        let (left, right) = (list.seat(left), list.seat(right))
        return Self.isLess(left, left.cell.total, right, right.cell.total)
    }

    private static func isLess(
        _ left: CandidateList.Seat, _ leftLoad: Int, _ right: CandidateList.Seat, _ rightLoad: Int
    ) -> Bool {
        if left.limit == right.limit || left.limit == .max || right.limit == .max { return leftLoad < rightLoad }
        // Counters and limits have at most 31 bits each.
        return leftLoad * Int(right.limit) < rightLoad * Int(left.limit)
    }

    /// Ranks that differ by less than this share of the larger say nothing: the measurements behind them are no better.
    private static let rankMargin = 0.05
    /// A better rank is good for so much of the node's limit before the load decides: ranks are as old as the view, and the
    /// clients of one moment must not all land on one node.
    private static let leadShare = 20
    /// The same for nodes without a limit, and how much fuller one that carries the stream may be.
    private static let openLead = 10

    /// The lower rank wins, unless the ranks are nearly equal, one is unknown, or the better node was given its lead already since
    /// the view was made; then it is by load. Says also whether the rank said so.
    func ranked(_ list: CandidateList, _ left: Int, _ right: Int) -> (isLess: Bool, byRank: Bool) {
        let (leftSeat, rightSeat) = (list.seat(left), list.seat(right))
        let (leftLoad, rightLoad) = (leftSeat.cell.total, rightSeat.cell.total)
        if let leftRank = list.candidates[left].ranking, let rightRank = list.candidates[right].ranking {
            let difference = leftRank.value - rightRank.value
            if abs(difference) > Self.rankMargin * max(abs(leftRank.value), abs(rightRank.value)) {
                let lead = (leftLoad - leftRank.clients) - (rightLoad - rightRank.clients)
                if difference < 0 {
                    if lead < Self.lead(leftSeat) { return (true, true) }
                } else if -lead < Self.lead(rightSeat) {
                    return (false, true)
                }
            }
        }
        return (Self.isLess(leftSeat, leftLoad, rightSeat, rightLoad), false)
    }

    /// How many more clients a better rank brings it than the other, at most.
    private static func lead(_ seat: CandidateList.Seat) -> Int {
        seat.limit == .max ? openLead : max(1, Int(seat.limit) / leadShare)
    }

    /// Whether one that carries the stream is not fuller than `better` by more than its role's affinity.
    private func isWorthIt(_ list: CandidateList, _ carrier: Int, _ better: Int) -> Bool {
        let affinity = list.candidates[carrier].routing.affinity
        if affinity == 0 { return false }
        let (own, other) = (list.seat(carrier), list.seat(better))
        let (ownLoad, otherLoad) = (own.cell.total, other.cell.total)
        if own.limit == .max || other.limit == .max { return ownLoad <= otherLoad + Self.openLead }
        // ownLoad / own.limit <= otherLoad / other.limit + affinity / 100, without a division.
        let share = Double(ownLoad) * Double(other.limit) - Double(otherLoad) * Double(own.limit)
        return share * 100 <= Double(affinity) * Double(own.limit) * Double(other.limit)
    }

    /// Uniform in 0..<bound by multiplication, without a division (Lemire 2019; the bias below 2^-32 does not matter here).
    static func index(below bound: Int, _ random: inout SeededRandom) -> Int {
        Int(random.next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
