/// The regions of a group in one client's order, as indices, found one after the other: mostly the first has room.
package struct RegionOrder: Sequence, Sendable {
    /// What comes after the regions that the client asked for by name.
    enum Rest: Sendable {
        /// Nothing: no others are allowed.
        case none
        /// The others in the group's order.
        case listed(count: Int)
        /// The others by their distance from the client.
        case near(GeoPoint, CellOrder, RegionAtlas)
    }

    /// Asked for by name, the most wanted first.
    let wanted: [Int]
    let rest: Rest

    /// The client's first choice; nil when it allows none that there is.
    package var first: Int? {
        var iterator = makeIterator()
        return iterator.next()
    }

    package func makeIterator() -> Iterator { Iterator(order: self) }

    /// Goes through the regions, each once.
    package struct Iterator: IteratorProtocol, Sendable {
        private let order: RegionOrder
        private var wantedCount = 0
        /// How many of the rest were looked at.
        private var restCount = 0
        /// The run that `restCount` lies in, by the client's own distances; where it begins, and its number.
        private var run: [(distance: Double, region: Int)] = []
        private var runStart = 0
        private var runNumber = 0

        init(order: RegionOrder) { self.order = order }

        package mutating func next() -> Int? {
            if wantedCount < order.wanted.count {
                wantedCount += 1
                return order.wanted[wantedCount - 1]
            }
            while let region = nextOfRest() {
                if order.wanted.isEmpty || !order.wanted.contains(region) { return region }
            }
            return nil
        }

        private mutating func nextOfRest() -> Int? {
            switch order.rest {
            case .none: return nil
            case .listed(let count):
                guard restCount < count else { return nil }
                restCount += 1
                return restCount - 1
            case .near(let place, let cell, let atlas):
                if restCount == runStart + run.count {
                    guard restCount < cell.regions.count else { return nil }
                    let end = cell.ends[runNumber]
                    runNumber += 1
                    runStart = restCount
                    if end - restCount == 1 {
                        run.removeAll()
                        restCount = end
                        runStart = end
                        return cell.regions[end - 1]
                    }
                    let client = GeoPoint.Site(place)
                    run = cell.regions[restCount..<end].map { (atlas.distance(of: $0, from: client), $0) }
                    run.sort { ($0.distance, $0.region) < ($1.distance, $1.region) }
                }
                restCount += 1
                return run[restCount - 1 - runStart].region
            }
        }
    }
}
