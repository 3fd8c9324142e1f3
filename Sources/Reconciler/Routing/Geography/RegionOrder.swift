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
        /// The run that `restCount` lies in, by the client's own distances; where it begins and ends, and how many there were.
        private var run: [(distance: Double, region: Int)] = []
        private var runStart = 0
        private var runEnd = 0
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
                if restCount == runEnd {
                    guard restCount < cell.regions.count else { return nil }
                    (runStart, runEnd) = (restCount, cell.ends[runNumber])
                    runNumber += 1
                    restCount += 1
                    return runEnd - runStart == 1 ? cell.regions[runStart] : nearest(of: cell, from: place, atlas)
                }
                // Mostly the first has room: the others are sorted when it comes to them.
                if restCount == runStart + 1 { run = sorted(cell, from: place, atlas) }
                restCount += 1
                return run[restCount - 1 - runStart].region
            }
        }

        private func sorted(
            _ cell: CellOrder, from place: GeoPoint, _ atlas: RegionAtlas
        ) -> [(distance: Double, region: Int)] {
            let client = GeoPoint.Site(place)
            return cell.regions[runStart..<runEnd].map { (atlas.distance(of: $0, from: client), $0) }
                .sorted { ($0.distance, $0.region) < ($1.distance, $1.region) }
        }

        /// The first of the run as ``sorted(_:from:_:)`` has it.
        private func nearest(of cell: CellOrder, from place: GeoPoint, _ atlas: RegionAtlas) -> Int {
            let client = GeoPoint.Site(place)
            var best = (distance: Double.infinity, region: cell.regions[runStart])
            for index in runStart..<runEnd {
                let region = cell.regions[index]
                let distance = atlas.distance(of: region, from: client)
                if (distance, region) < best { best = (distance, region) }
            }
            return best.region
        }
    }
}
