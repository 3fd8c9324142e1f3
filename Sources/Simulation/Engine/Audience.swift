internal import Reconciler

/// Everyone who wants to watch: one crowd per series of the trace.
///
/// A viewer is four bytes, the machine that it is on, so that leaving at random is taking one out of an array.
struct Audience {
    struct Crowd {
        let region: String?
        let stream: StreamKey
        var cursor: LoadCursor
        /// The machine of each viewer that is served.
        var places: [Int32] = []
        /// Refused before, and counted as such: they ask again at every step.
        var refused = 0
        /// Their machine went, or their stream is not there: they ask again, and are not counted again.
        var returning = 0
        /// How many want to watch now.
        var wanted = 0
        /// Publishers that the trace wants; nil: it says nothing of them.
        var publishers: Int?
        /// In this step: new ones, refused for the first time, and whether their stream was not live.
        var arrived = 0
        var newlyRefused = 0
        var isOffAir = false
    }

    private(set) var crowds: [Crowd]
    /// Viewers whose machine went, since the last look at it.
    var moved = 0

    init(_ trace: LoadTrace) {
        crowds = trace.series.map { Crowd(region: $0.region, stream: $0.stream, cursor: LoadCursor($0)) }
    }

    /// What the trace wants at `now`, or a share of its viewers.
    mutating func want(at now: Timestamp, share: Double = 1) {
        for index in crowds.indices {
            let level = crowds[index].cursor.level(at: now)
            crowds[index].wanted = share == 1 ? level.viewers : Int(Double(level.viewers) * share)
            crowds[index].publishers = level.publishers
        }
    }

    /// Those who had enough leave, those who want to watch ask.
    mutating func move(
        in estate: inout Estate, asking live: LiveState, at now: Timestamp, using random: inout SeededRandom
    ) {
        for index in crowds.indices {
            crowds[index].arrived = 0
            crowds[index].newlyRefused = 0
            crowds[index].isOffAir = false
            leave(&crowds[index], &estate, &random)
            ask(&crowds[index], &estate, live, now, &random)
        }
    }

    /// Those who wait give up first; of those who watch, any may be the next to leave.
    private func leave(_ crowd: inout Crowd, _ estate: inout Estate, _ random: inout SeededRandom) {
        var excess = crowd.places.count + crowd.refused + crowd.returning - crowd.wanted
        guard excess > 0 else { return }
        let tired = min(excess, crowd.refused)
        crowd.refused -= tired
        excess -= tired
        let lost = min(excess, crowd.returning)
        crowd.returning -= lost
        excess -= lost
        for _ in 0..<excess {
            let place = Int(random.next().multipliedFullWidth(by: UInt64(crowd.places.count)).high)
            estate.addViewers(-1, to: Int(crowd.places[place]))
            crowd.places.swapAt(place, crowd.places.count - 1)
            crowd.places.removeLast()
        }
    }

    private func ask(
        _ crowd: inout Crowd, _ estate: inout Estate, _ live: LiveState, _ now: Timestamp, _ random: inout SeededRandom
    ) {
        let need = crowd.wanted - crowd.places.count
        guard need > 0 else { return }
        crowd.arrived = need - crowd.refused - crowd.returning
        let query = RouteQuery(stream: crowd.stream, action: .subscribe, regions: crowd.region.map { [$0] } ?? [])
        var left = need
        // Sent to a machine that went since the last round: the connection fails.
        var unlucky = 0
        // Nothing changes within a step: what one is told, all behind it are told.
        var end: RouteAnswer?
        while left > unlucky, end == nil {
            let answer = live.route(query, at: now, using: &random)
            guard case .node(let candidate) = answer else {
                end = answer
                continue
            }
            guard let machine = estate.machine(of: candidate.node) else {
                unlucky += 1
                continue
            }
            left -= 1
            estate.addViewers(1, to: machine)
            crowd.places.append(Int32(machine))
        }
        // Those who wait since before are the first in the queue.
        let before = min(max(crowd.refused - (need - left), 0), left)
        switch end {
        case .unavailable, .impossible:
            live.refuse(left - unlucky - 1, query, at: now)
            crowd.newlyRefused = max(left - unlucky - before, 0)
            crowd.refused = before + crowd.newlyRefused
        case .notFound, .conflict:
            crowd.isOffAir = true
            crowd.refused = before
        case .node, .nodes, .transcoder, nil:
            crowd.refused = before
        }
        crowd.returning = left - crowd.refused
    }

    /// Everyone on these machines is without one.
    mutating func drop(_ gone: [Int], in estate: Estate) {
        let affected = gone.filter { estate.machines[$0].viewers > 0 }
        guard !affected.isEmpty else { return }
        var isGone = [Bool](repeating: false, count: estate.machines.count)
        for machine in affected { isGone[machine] = true }
        for index in crowds.indices {
            let before = crowds[index].places.count
            crowds[index].places.removeAll { isGone[Int($0)] }
            let lost = before - crowds[index].places.count
            crowds[index].returning += lost
            moved += lost
        }
    }
}
