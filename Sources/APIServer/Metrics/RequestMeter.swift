internal import Synchronization

/// Counts requests and how long they took, by route and status. Threads count without a lock.
package final class RequestMeter: Sendable {
    /// The upper bounds of the buckets of the time to an answer, in microseconds.
    static let bounds: [UInt64] = [
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    ]
    /// Each status that this API gives; what is none of them counts as the last.
    static let statuses = [
        200, 201, 202, 204, 301, 302, 304, 400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 431, 500, 501, 503, 0,
    ]

    /// What one route did.
    private final class Meter: Sendable {
        // One more for what is over the last bound, and one per status.
        let buckets = InlineArray<15, Atomic<UInt64>> { _ in Atomic(0) }
        let statuses = InlineArray<23, Atomic<UInt64>> { _ in Atomic(0) }
        let microseconds = Atomic<UInt64>(0)
    }

    /// What one route did until now.
    struct Counts: Sendable, Equatable {
        /// By the bounds, and those beyond the last; not added up.
        var buckets: [UInt64]
        /// Those that are not zero.
        var statuses: [(status: Int, count: UInt64)]
        var microseconds: UInt64

        static func == (one: Counts, other: Counts) -> Bool {
            one.buckets == other.buckets && one.microseconds == other.microseconds
                && one.statuses.elementsEqual(other.statuses) { $0 == $1 }
        }
    }

    /// One per route, and one for requests that no route answers.
    private let meters: [Meter]

    /// A meter for so many routes.
    init(routes: Int) { meters = (0...routes).map { _ in Meter() } }

    /// A request of a route was answered; nil: there is no such route.
    func answered(_ route: Int?, _ status: Int, nanoseconds: UInt64) {
        let meter = meters[route ?? meters.count - 1]
        let micros = nanoseconds / 1000
        let bucket = Self.bounds.firstIndex { micros <= $0 } ?? Self.bounds.count
        let place = Self.statuses.firstIndex(of: status) ?? Self.statuses.count - 1
        meter.buckets[bucket].add(1, ordering: .relaxed)
        meter.statuses[place].add(1, ordering: .relaxed)
        meter.microseconds.add(micros, ordering: .relaxed)
    }

    /// What a route did; nil: requests that none answered.
    func counts(of route: Int?) -> Counts {
        let meter = meters[route ?? meters.count - 1]
        var counts = Counts(buckets: [], statuses: [], microseconds: meter.microseconds.load(ordering: .relaxed))
        for index in 0...Self.bounds.count { counts.buckets.append(meter.buckets[index].load(ordering: .relaxed)) }
        for (index, status) in Self.statuses.enumerated() {
            let count = meter.statuses[index].load(ordering: .relaxed)
            if count > 0 { counts.statuses.append((status, count)) }
        }
        return counts
    }
}
