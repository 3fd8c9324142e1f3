/// The nodes that carry one stream and are not its source, by region, so that one of a region is found among thousands.
package struct Carriers: Sendable, Equatable {
    private struct Member: Sendable, Equatable {
        let node: NodeID
        let load: NodeLoad

        static func == (left: Self, right: Self) -> Bool { left.node == right.node && left.load === right.load }
    }

    /// Those of one region, in any order.
    private struct Place: Sendable, Equatable {
        let number: Int
        var members: [Member] = []
        /// Where each is among the members: thousands come and go.
        var positions: [NodeID: Int] = [:]

        mutating func insert(_ member: Member) {
            if let known = positions[member.node] {
                members[known] = member
            } else {
                positions[member.node] = members.count
                members.append(member)
            }
        }

        /// The last takes its place. False when it was not there.
        mutating func remove(_ node: NodeID) -> Bool {
            guard let position = positions.removeValue(forKey: node) else { return false }
            let last = members.removeLast()
            if last.node != node {
                members[position] = last
                positions[last.node] = position
            }
            return true
        }
    }

    private var places: [Place] = []

    /// Draws that may hit nodes that are not in the list: relays, and such as leave.
    private static let draws = 4

    mutating func insert(_ node: NodeID, _ load: NodeLoad) {
        let index = places.firstIndex { $0.number == load.place } ?? places.count
        if index == places.count { places.append(Place(number: load.place)) }
        places[index].insert(Member(node: node, load: load))
    }

    mutating func remove(_ node: NodeID) {
        for index in places.indices where places[index].remove(node) {
            if places[index].members.isEmpty { places.remove(at: index) }
            return
        }
    }

    /// One of them that is in `list`, as its index there: the less loaded of two that were drawn.
    func draw(from list: CandidateList, _ random: inout SeededRandom) -> Int? {
        if places.isEmpty { return nil }
        // By index: a place that is copied out counts references that all threads share.
        if let number = list.place {
            guard let place = places.indices.first(where: { places[$0].number == number }) else { return nil }
            return Self.draw(places[place].members.count, from: list, &random) { places[place].members[$0].load }
        }
        let count = places.reduce(0) { $0 + $1.members.count }
        return Self.draw(count, from: list, &random) { index in
            var index = index
            for place in places.indices {
                if index < places[place].members.count { return places[place].members[index].load }
                index -= places[place].members.count
            }
            return nil
        }
    }

    private static func draw(
        _ count: Int, from list: CandidateList, _ random: inout SeededRandom, _ member: (Int) -> NodeLoad?
    ) -> Int? {
        if count == 1 { return member(0).flatMap(list.index) }
        var best: Int?
        var found = 0
        for _ in 0..<draws where found < 2 {
            guard let index = member(Selection.index(below: count, &random)).flatMap(list.index) else { continue }
            found += 1
            if best.map({ list.seat(index).cell.total < list.seat($0).cell.total }) ?? true { best = index }
        }
        return best
    }
}
