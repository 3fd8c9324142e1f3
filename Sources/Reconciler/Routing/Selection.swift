/// Which node of one place: power of two choices (Mitzenmacher 2001) on true counts.
struct Selection {
    /// Whom it is chosen from.
    let list: CandidateList
    let action: StreamAction
    let level: FillLevel
    let groupLimit: Int
    /// With a trace, the choice is told there, and nobody is counted.
    let trace: RouteTrace?

    init(
        from list: CandidateList, _ action: StreamAction, _ level: FillLevel = .hard, groupLimit: Int,
        trace: RouteTrace? = nil
    ) {
        (self.list, self.action, self.level, self.groupLimit, self.trace) = (list, action, level, groupLimit, trace)
    }

    /// Draws before the list is gone through: enough to find room where a tenth of the nodes have it, in four of five cases.
    private static let draws = 16

    /// Draws two nodes, counts the client on the better by ``isLess(_:_:_:)``, and returns it. When neither has room at this level,
    /// a few others are drawn, and then the list is gone through, so that the last free place is found; nil when there is none. A
    /// list that is marked as full is not gone through.
    ///
    /// A node that carries the stream already gets the client in place of the better of the two, unless it is fuller by more than its
    /// role's `affinity`.
    func pick(carriers: Carriers? = nil, using random: inout SeededRandom) -> Candidate? {
        let count = list.seats.count
        guard count > 0, let group = list.group else { return nil }
        let first = Self.index(below: count, &random)
        if count == 1 { return alone(group) }
        // Before the search: room that comes while it lasts makes the mark void.
        let rooms = group.rooms
        if trace == nil, list.marks.mark(level).holds(at: rooms) { return nil }
        var second = Self.index(below: count - 1, &random)
        if second >= first { second += 1 }
        let order = list.isRanked ? ranked(second, first) : (isLess: isLess(second, first), byRank: false)
        let (better, other) = order.isLess ? (second, first) : (first, second)
        if list.hasAffinity, let carriers, let carrier = carriers.draw(from: list, &random), carrier != better,
            isWorthIt(carrier, better), take(carrier, group)
        {
            return chosen(carrier, .carries, first, second)
        }
        if take(better, group) { return chosen(better, order.byRank ? .lowerRank : .lessLoaded, first, second) }
        if take(other, group) { return chosen(other, .otherFull, first, second) }
        if count > Self.draws {
            for _ in 2..<Self.draws {
                let index = Self.index(below: count, &random)
                if take(index, group) { return chosen(index, .searched, first, second) }
            }
        }
        return search(group, first, second, rooms)
    }

    private func alone(_ group: GroupLoad) -> Candidate? {
        if take(0, group) { return chosen(0, .onlyOne, 0, nil) }
        trace?.draw(list.candidates[0], nil, of: 1, nil, .full, level)
        return nil
    }

    /// Most of a full region is full: that is seen without writing anything.
    private func take(_ index: Int, _ group: GroupLoad) -> Bool {
        let seat = list.seats[index]
        let bound = seat.bound(level)
        if seat.cell.total >= bound { return false }
        return trace != nil || group.tryAdd(action, on: seat.cell, limit: bound, groupLimit: groupLimit)
    }

    private func chosen(_ index: Int, _ reason: RouteTrace.Reason, _ first: Int, _ second: Int?) -> Candidate {
        let winner = list.candidates[index]
        trace?.draw(
            list.candidates[first], second.map { list.candidates[$0] }, of: list.count, winner, reason, level)
        return winner
    }

    private func search(_ group: GroupLoad, _ first: Int, _ second: Int, _ rooms: Int) -> Candidate? {
        let count = list.count
        let marks = list.marks
        let start = count > Self.draws ? marks.searchStart : first
        var isFull = true
        for offset in 0..<count {
            let place = (start < count ? start : 0) + offset
            let index = place < count ? place : place - count
            if take(index, group) {
                if trace == nil { marks.searchStart = index }
                return chosen(index, .searched, first, second)
            }
            // Somebody may have room: the limit of the group keeps it, or others took it meanwhile.
            if !list.candidates[index].load.passBy(action, at: list.seats[index].bound(level)) { isFull = false }
        }
        if isFull, trace == nil { marks.mark(level).set(at: rooms) }
        trace?.draw(list.candidates[first], list.candidates[second], of: count, nil, .full, level)
        return nil
    }

    // MARK: - The better of two

    /// By load in proportion to the limit, or by count where there is no limit.
    private func isLess(_ left: Int, _ right: Int) -> Bool {
        let (left, right) = (list.seats[left], list.seats[right])
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
    func ranked(_ left: Int, _ right: Int) -> (isLess: Bool, byRank: Bool) {
        let (leftSeat, rightSeat) = (list.seats[left], list.seats[right])
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
    private func isWorthIt(_ carrier: Int, _ better: Int) -> Bool {
        let affinity = list.candidates[carrier].routing.affinity
        if affinity == 0 { return false }
        let (own, other) = (list.seats[carrier], list.seats[better])
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
