internal import Foundation

extension ScheduleWindow {
    /// The window that is open at `now`, or that opens within `lead`; nil when there is none.
    package func opening(at now: Timestamp, lead: Duration = .zero) -> (opens: Timestamp, closes: Timestamp)? {
        guard let zone = TimeZone(identifier: timezone), let fire = cron.nextFire(after: now - duration, in: zone),
            fire - lead <= now
        else { return nil }
        return (fire, fire + duration)
    }
}

/// The bounds of a pool at a time: the role's own, and what the schedules that are open put in their place.
struct ActiveBounds: Equatable {
    var min: Int
    var max: Int
    /// Exactly so many, whatever the rules ask; with the schedule's name.
    var desired: Int?
    /// What is open, in words.
    var reasons: [String] = []

    /// A schedule opens `lead` before its window, so that capacity is there when it begins; by default as long before as the slowest
    /// of ``boots`` took, in milliseconds, and not ahead at all while none is known. Of several the highest priority holds against the others,
    /// of equal priorities the larger number.
    init(_ role: RoleSpec, boots: [Int], now: Timestamp) {
        min = role.min
        max = role.max
        // One that took longer than a node may take says nothing of the next.
        let boot = Swift.min(.milliseconds(boots.max() ?? 0), role.health.startTimeout)
        var open: [ScheduleSpec] = []
        for schedule in role.scaling.schedules {
            let lead = schedule.lead ?? boot
            guard let window = schedule.window.opening(at: now, lead: lead) else { continue }
            open.append(schedule)
            reasons.append(Self.words(schedule, window, lead: lead, now))
        }
        // The highest last, so that its bounds hold against those of the others.
        open.sort { Self.rank($0).lexicographicallyPrecedes(Self.rank($1)) }
        for schedule in open { apply(schedule) }
    }

    private static func rank(_ schedule: ScheduleSpec) -> [Int] {
        [schedule.priority, schedule.min ?? -1, schedule.max ?? -1, schedule.desired ?? -1]
    }

    private mutating func apply(_ schedule: ScheduleSpec) {
        if let bound = schedule.max {
            max = bound
            min = Swift.min(min, bound)
            desired = desired.map { Swift.min($0, bound) }
        }
        if let bound = schedule.min {
            min = bound
            max = Swift.max(max, bound)
            desired = desired.map { Swift.max($0, bound) }
        }
        if let exact = schedule.desired {
            desired = Swift.min(exact, max)
            min = Swift.min(min, exact)
        }
    }

    private static func words(
        _ schedule: ScheduleSpec, _ window: (opens: Timestamp, closes: Timestamp), lead: Duration, _ now: Timestamp
    ) -> String {
        let bounds = [("min", schedule.min), ("max", schedule.max), ("desired", schedule.desired)].compactMap {
            name, value in value.map { "\(name) \($0)" }
        }
        let name = "schedule '\(schedule.name)'"
        let time =
            window.opens > now
            ? "opens at \(window.opens), and its nodes are made \(lead.specText) ahead"
            : "is open until \(window.closes)"
        return "\(name) \(time): \(bounds.joined(separator: ", "))"
    }
}
