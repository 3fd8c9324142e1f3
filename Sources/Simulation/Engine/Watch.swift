internal import Reconciler

/// Remembers what an operator should look at first.
struct Watch {
    enum Cause: Int, CaseIterable {
        /// Nodes were on their way.
        case booting
        /// Every pool that could have served them was as large as it may be.
        case ceiling
        /// The rules asked for no more nodes.
        case notAsked
    }

    /// Viewers of one crowd who wait, at one step.
    struct Refusal {
        var region: Int?
        var stream: StreamKey
        var newly: Int
        var waiting: Int
        /// Who waits for a stream that nobody publishes.
        var offAir: Int
        var cause: Cause
    }

    struct Episode {
        var refused = 0
        var first: Timestamp?
        var last: Timestamp?
        var worst = 0
        var worstAt: Timestamp?
        var causes: [Int] = Cause.allCases.map { _ in 0 }
    }

    struct Ceiling {
        var steps = 0
        var first: Timestamp?
        var max = 0
    }

    /// By region; the last is of viewers without one.
    private(set) var episodes: [Episode]
    private(set) var ceilings: [Ceiling]
    var reversals: [Int]
    /// The most that waited for a stream that nobody published.
    private(set) var offAir: [StreamKey: (most: Int, at: Timestamp)] = [:]

    init(pools: Int, regions: Int) {
        episodes = (0...regions).map { _ in Episode() }
        ceilings = (0..<pools).map { _ in Ceiling() }
        reversals = (0..<pools).map { _ in 0 }
    }

    mutating func note(_ refusals: [Refusal], at now: Timestamp) {
        var waiting: [Int: Int] = [:]
        for refusal in refusals {
            let place = refusal.region ?? episodes.count - 1
            if refusal.offAir > offAir[refusal.stream]?.most ?? 0 { offAir[refusal.stream] = (refusal.offAir, now) }
            guard refusal.waiting > 0 else { continue }
            waiting[place, default: 0] += refusal.waiting
            episodes[place].refused += refusal.newly
            episodes[place].first = episodes[place].first ?? now
            episodes[place].last = now
            episodes[place].causes[refusal.cause.rawValue] += refusal.newly
        }
        for (place, count) in waiting where count > episodes[place].worst {
            episodes[place].worst = count
            episodes[place].worstAt = now
        }
    }

    mutating func noteCeiling(_ pool: Int, at now: Timestamp, max: Int) {
        ceilings[pool].steps += 1
        ceilings[pool].first = ceilings[pool].first ?? now
        ceilings[pool].max = max
    }
}
