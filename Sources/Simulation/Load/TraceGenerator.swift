internal import Foundation
package import Reconciler

/// Loads that come with the program: `match-day`, `flash-crowd`, `diurnal-week`, each with a peak: `match-day:peak=20000`.
///
/// The viewers are spread over the regions of the spec in proportion to what these can grow to. Equal specs and seeds give equal
/// traces.
package struct TraceGenerator: Sendable, Equatable {
    package enum Shape: String, Sendable, CaseIterable {
        /// Six hours of a Saturday around a match that begins at 18:00 UTC.
        case matchDay = "match-day"
        /// An hour in which everyone comes within two minutes.
        case flashCrowd = "flash-crowd"
        /// A week of evenings, in each region at its own time of day.
        case diurnalWeek = "diurnal-week"
    }

    package var shape: Shape
    /// Viewers of all regions together at the top; nil: seven tenths of what the spec can grow to.
    package var peak: Int?

    /// Without any capacity in the spec there is nothing to take a share of.
    private static let defaultPeak = 10_000
    /// Viewers beside the curve, as a share of it, either way.
    private static let noise = 0.02

    /// Reads `match-day` or `match-day:peak=20000`; nil when the first word is no generator's.
    /// Throws when what follows it does not read.
    package init?(_ text: String) throws(TraceGeneratorError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let shape = Shape(rawValue: String(parts[0])) else { return nil }
        self.shape = shape
        guard parts.count == 2 else { return }
        for setting in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair[0] == "peak" else {
                let near = Suggestion.nearest(to: pair[0], among: ["peak"]).map { "did you mean '\($0)'?" }
                throw TraceGeneratorError(
                    "'\(pair[0])' is no setting of \(shape.rawValue); \(near ?? "there is one: peak=VIEWERS")")
            }
            guard pair.count == 2, let value = Int(pair[1]), (1...Int(LoadTraceLimits.level)).contains(value) else {
                throw TraceGeneratorError(
                    "'\(setting)' is no peak; expected peak=VIEWERS, 1 to \(LoadTraceLimits.level.short)")
            }
            peak = value
        }
    }

    /// The trace for a spec. Nil `start`: a time that suits the shape.
    package func trace(for spec: Spec, seed: UInt64, start: Timestamp? = nil) -> LoadTrace {
        let crowds = Self.crowds(of: spec)
        let weights = crowds.reduce(0) { $0 + $1.weight }
        let room = crowds.reduce(0) { $0 + $1.room }
        let top = Double(peak ?? (room > 0 ? max(1, Int(room * 0.7)) : Self.defaultPeak))
        let begin = start ?? defaultStart
        var series: [LoadTrace.Series] = []
        for (index, crowd) in crowds.enumerated() {
            var random = SeededRandom(seed: seed &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(index))
            _ = random.next()
            let points = offsets.map { offset in
                let unit = Double(random.next() >> 11) * 0x1p-53
                let noise = 1 + Self.noise * (2 * unit - 1)
                let share = min(level(at: offset, hour: hour(begin, offset, crowd.longitude)) * noise, 1)
                let viewers = (top * crowd.weight / max(weights, 1) * share).rounded()
                return LoadTrace.Point(at: begin + .seconds(offset), viewers: viewers)
            }
            series.append(LoadTrace.Series(region: crowd.region, stream: crowd.stream, points: points))
        }
        return LoadTrace(series: series)
    }

    // MARK: - Who

    private struct Crowd {
        var region: String
        var stream: StreamKey
        var longitude: Double?
        /// What its share is in proportion to.
        var weight: Double
        /// Viewers that its pools can grow to; 0: unknown or unlimited.
        var room: Double
    }

    /// One crowd per group and region, for the stream `main` of the group's first scope.
    private static func crowds(of spec: Spec) -> [Crowd] {
        var crowds: [Crowd] = []
        for group in spec.groups {
            let stream = StreamKey(scope: group.scopes.first ?? "live", name: "main")
            let viewing = group.roles.filter { $0.capabilities.contains(.subscribe) }.map(\.name)
            let rooms = group.regions.map { region in
                viewing.reduce(0.0) { sum, name in
                    guard let role = group.effectiveRole(name, in: region.name) else { return sum }
                    return sum + Double(group.most(name, in: region.name)) * (role.capacity[Metric.subscribers] ?? 0)
                }
            }
            let total = rooms.reduce(0, +)
            // Over the group's limit routing refuses, however many nodes there are.
            let limit = group.limits.subscribers.map { min(1, Double($0) / max(total, 1)) } ?? 1
            for (region, room) in zip(group.regions, rooms) where !viewing.isEmpty {
                let weight = total > 0 ? room : 1
                if let known = crowds.firstIndex(where: { $0.region == region.name && $0.stream == stream }) {
                    crowds[known].weight += weight
                    crowds[known].room += room * limit
                } else {
                    crowds.append(
                        Crowd(
                            region: region.name, stream: stream, longitude: region.location?.longitude, weight: weight,
                            room: room * limit))
                }
            }
        }
        return crowds
    }

    // MARK: - When

    /// Saturday two hours before the match, Monday noon, Monday midnight: schedules of a spec have their days.
    private var defaultStart: Timestamp {
        switch shape {
        case .matchDay: LoadTrace.defaultStart + .seconds(5 * 86_400 + 16 * 3600)
        case .flashCrowd: LoadTrace.defaultStart + .seconds(12 * 3600)
        case .diurnalWeek: LoadTrace.defaultStart
        }
    }

    /// Seconds from the start, one per point.
    private var offsets: [Int] {
        switch shape {
        case .matchDay: Array(stride(from: 0, through: 6 * 3600, by: 300))
        case .flashCrowd: Array(stride(from: 0, through: 3600, by: 60))
        case .diurnalWeek: Array(stride(from: 0, through: 7 * 86_400, by: 900))
        }
    }

    /// The hour of the week, 0..<168 from Monday 00:00, by the sun at a longitude; UTC without one.
    private func hour(_ begin: Timestamp, _ offset: Int, _ longitude: Double?) -> Double {
        let since = Double((begin + .seconds(offset)).milliseconds - LoadTrace.defaultStart.milliseconds) / 3_600_000
        let local = since + (longitude ?? 0) / 15
        return local - (local / 168).rounded(.down) * 168
    }

    /// The share of the peak, 0...1.
    private func level(at offset: Int, hour: Double) -> Double {
        switch shape {
        case .matchDay: Self.between(Self.match, Double(offset) / 3600)
        case .flashCrowd: Self.flash(Double(offset) / 60)
        case .diurnalWeek: Self.diurnal(hour)
        }
    }

    /// Hours from the start, share of the peak: early comers, kick-off at 2:00, half-time, the end at 3:50.
    private static let match: [(Double, Double)] = [
        (0, 0.03), (1, 0.10), (1.5, 0.25), (1.75, 0.5), (2, 0.88), (2.25, 0.95), (2.75, 0.97), (2.85, 0.8), (3, 0.78),
        (3.1, 0.97), (3.5, 1), (3.83, 1), (4, 0.55), (4.25, 0.2), (5, 0.06), (6, 0.03),
    ]

    private static func between(_ curve: [(Double, Double)], _ place: Double) -> Double {
        guard let after = curve.firstIndex(where: { $0.0 >= place }), after > 0 else {
            return place <= curve[0].0 ? curve[0].1 : curve[curve.count - 1].1
        }
        let (from, to) = (curve[after - 1], curve[after])
        return from.1 + (to.1 - from.1) * (place - from.0) / (to.0 - from.0)
    }

    /// Minutes from the start: quiet for a quarter of an hour, all there two minutes later, half of them gone every ten minutes.
    private static func flash(_ minute: Double) -> Double {
        let base = 0.05
        if minute <= 15 { return base }
        if minute <= 17 { return base + (1 - base) * (minute - 15) / 2 }
        if minute <= 22 { return 1 }
        return base + (1 - base) * pow(0.5, (minute - 22) / 10)
    }

    /// Most watch at 20:30, fewest at 8:30; Friday evenings are fuller than those before, the weekend's the fullest.
    private static func diurnal(_ hour: Double) -> Double {
        let wave = (cos((hour - 20.5) / 24 * 2 * .pi) + 1) / 2
        let day = Int((hour - 5) / 24)
        let fullness = [0.78, 0.8, 0.8, 0.82, 0.9, 1, 0.95][min(max(day, 0), 6)]
        return (0.06 + 0.94 * pow(wave, 1.6)) * fullness
    }
}

/// What is wrong with the settings of a generator.
package struct TraceGeneratorError: Error, Sendable, Equatable {
    package var message: String
    init(_ message: String) { self.message = message }
}
