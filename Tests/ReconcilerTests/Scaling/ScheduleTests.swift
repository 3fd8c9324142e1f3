import Foundation
import Testing

@testable import Reconciler

@Suite struct ScheduleTests {
    private func schedule(
        _ cron: String, _ duration: Duration = .seconds(3600), zone: String = "UTC", name: String = "event",
        _ change: (inout ScheduleSpec) -> Void
    ) throws -> ScheduleSpec {
        var schedule = ScheduleSpec(
            name: name, window: ScheduleWindow(cron: try CronExpression(text: cron), timezone: zone, duration: duration)
        )
        schedule.lead = .zero
        change(&schedule)
        return schedule
    }

    private func bounds(_ schedules: ScheduleSpec..., boots: [Int] = [], at time: String) throws -> ActiveBounds {
        var role = Sample.edge(min: 1, max: 10)
        role.scaling.schedules = schedules
        return ActiveBounds(role, boots: boots, now: try #require(Timestamp(time)))
    }

    @Test(
        "a window is open from its hour for its duration",
        arguments: [
            ("2026-11-21T17:59:59Z", 1), ("2026-11-21T18:00:00Z", 8), ("2026-11-21T18:59:59Z", 8),
            ("2026-11-21T19:00:00Z", 1), ("2026-11-22T18:30:00Z", 1),
        ])
    func window(time: String, min: Int) throws {
        // The 21st is a Saturday.
        #expect(try bounds(schedule("0 18 * * 6") { $0.min = 8 }, at: time).min == min)
    }

    @Test("a window that began yesterday is open after midnight")
    func midnight() throws {
        let late = try schedule("0 22 * * *", .seconds(4 * 3600)) { $0.min = 8 }
        #expect(try bounds(late, at: "2026-11-22T01:59:00Z").min == 8)
        #expect(try bounds(late, at: "2026-11-22T02:00:00Z").min == 1)
    }

    /// The hour of 18:30 to 19:30 and of 02:30 local time, on the days around each change of the clocks of 2026.
    @Test(
        "clocks that change",
        arguments: [
            // Dublin, forward on 29 March at 01:00 UTC.
            ("30 18 * * *", "Europe/Dublin", "2026-03-28T18:30:00Z", true),
            ("30 18 * * *", "Europe/Dublin", "2026-03-29T17:30:00Z", true),
            ("30 18 * * *", "Europe/Dublin", "2026-03-29T18:30:00Z", false),
            // 01:30 is not there that night; it fires an hour later on the clock, 01:30 UTC.
            ("30 1 * * *", "Europe/Dublin", "2026-03-29T01:29:59Z", false),
            ("30 1 * * *", "Europe/Dublin", "2026-03-29T01:30:00Z", true),
            // Back on 25 October at 01:00 UTC: 01:30 is there twice, and opens once.
            ("30 1 * * *", "Europe/Dublin", "2026-10-25T00:30:00Z", true),
            ("30 1 * * *", "Europe/Dublin", "2026-10-25T01:30:00Z", false),
            ("30 18 * * *", "Europe/Dublin", "2026-10-25T18:30:00Z", true),
            ("30 18 * * *", "Europe/Dublin", "2026-10-25T17:30:00Z", false),
            // New York, forward on 8 March at 07:00 UTC, back on 1 November at 06:00 UTC.
            ("30 2 * * *", "America/New_York", "2026-03-08T07:30:00Z", true),
            ("30 18 * * *", "America/New_York", "2026-03-08T22:30:00Z", true),
            ("30 18 * * *", "America/New_York", "2026-03-07T23:30:00Z", true),
            ("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", true),
            ("30 1 * * *", "America/New_York", "2026-11-01T06:30:00Z", false),
            // Lord Howe moves by half an hour.
            ("0 12 * * *", "Australia/Lord_Howe", "2026-04-05T01:30:00Z", true),
            ("0 12 * * *", "Australia/Lord_Howe", "2026-04-04T01:00:00Z", true),
            // No change at all.
            ("30 18 * * *", "Asia/Tokyo", "2026-03-29T09:30:00Z", true),
        ])
    func daylightSaving(cron: String, zone: String, time: String, isOpen: Bool) throws {
        let bounds = try bounds(schedule(cron, zone: zone) { $0.min = 8 }, at: time)
        #expect(bounds.min == (isOpen ? 8 : 1))
    }

    @Test("a duration is real time, also across a change of the clocks")
    func realTime() throws {
        // From 00:30 local to 02:30 by the wall clock, over the night in which an hour is missing.
        let night = try schedule("30 0 * * *", .seconds(7200), zone: "Europe/Dublin") { $0.min = 8 }
        #expect(try bounds(night, at: "2026-03-29T02:29:59Z").min == 8)
        #expect(try bounds(night, at: "2026-03-29T02:30:00Z").min == 1)
    }

    @Test("seconds may be given")
    func seconds() throws {
        let fine = try schedule("30 0 18 * * 6", .seconds(10)) { $0.min = 8 }
        #expect(try bounds(fine, at: "2026-11-21T18:00:29Z").min == 1)
        #expect(try bounds(fine, at: "2026-11-21T18:00:30Z").min == 8)
        #expect(try bounds(fine, at: "2026-11-21T18:00:40Z").min == 1)
    }

    @Test("capacity is there when the window opens")
    func lead() throws {
        let event = try schedule("0 18 * * 6") {
            $0.min = 8
            $0.lead = nil
        }
        // Nothing is known of the role's boots.
        #expect(try bounds(event, at: "2026-11-21T17:59:59Z").min == 1)
        #expect(try bounds(event, at: "2026-11-21T18:00:00Z").min == 8)
        // The slowest of the newest boots.
        #expect(try bounds(event, boots: [90_000, 200_000, 100_000], at: "2026-11-21T17:56:39Z").min == 1)
        #expect(try bounds(event, boots: [90_000, 200_000, 100_000], at: "2026-11-21T17:56:40Z").min == 8)
        var given = event
        given.lead = .seconds(600)
        #expect(try bounds(given, boots: [90_000], at: "2026-11-21T17:50:00Z").min == 8)
        #expect(try bounds(given, boots: [90_000], at: "2026-11-21T17:49:59Z").min == 1)
    }

    @Test("the nodes that are there show how long a boot takes")
    func observedBoots() throws {
        var fixture = ScalingFixture()
        fixture.role = Sample.edge(min: 1, max: 10)
        fixture.role.scaling.schedules = [
            try schedule("0 18 * * 6") {
                $0.min = 8
                $0.lead = nil
            }
        ]
        let now = try #require(Timestamp("2026-11-21T17:58:30Z"))
        fixture.now = now
        fixture.add([0]) { node in
            node.requestedAt = now - .seconds(3600)
            node.inServiceAt = now - .seconds(3510)
            node.lastHeartbeatAt = now
        }
        #expect(fixture.decision.desired == 8)
        fixture.now = now - .seconds(1)
        #expect(fixture.decision.desired == 1)
        // Without a node, what is remembered.
        fixture.nodes = []
        fixture.history.boots = [91_000]
        #expect(fixture.decision.desired == 8)
    }

    @Test("the highest priority wins, bound by bound; of equal ones the larger number")
    func priorities() throws {
        let low = try schedule("0 * * * *", name: "low") {
            $0.min = 8
            $0.max = 9
            $0.priority = 1
        }
        let high = try schedule("0 * * * *", name: "high") {
            $0.min = 4
            $0.priority = 2
        }
        let equal = try schedule("0 * * * *", name: "equal") {
            $0.min = 6
            $0.priority = 2
        }
        let both = try bounds(low, high, equal, at: "2026-11-21T18:30:00Z")
        #expect(both.min == 6 && both.max == 9)
        #expect(try bounds(low, high, at: "2026-11-21T18:30:00Z").min == 4)
    }

    @Test("min, max and desired take the place of the role's")
    func overrides() throws {
        let time = "2026-11-21T18:30:00Z"
        let wide = try bounds(schedule("0 * * * *") { $0.max = 40 }, at: time)
        #expect(wide.min == 1 && wide.max == 40)
        let narrow = try bounds(schedule("0 * * * *") { $0.max = 0 }, at: time)
        #expect(narrow.min == 0 && narrow.max == 0)
        let exact = try bounds(schedule("0 * * * *") { $0.desired = 7 }, at: time)
        #expect(exact.desired == 7)
        let capped = try bounds(schedule("0 * * * *") { $0.desired = 70 }, at: time)
        #expect(capped.desired == 10)
    }

    @Test("a fixed pool follows its schedule up and down, and needs no approval for it")
    func fixedPool() throws {
        var fixture = ScalingFixture()
        fixture.role = Sample.edge(min: 1, max: 10)
        fixture.role.scaling.schedules = [try schedule("0 18 * * 6") { $0.min = 8 }]
        fixture.now = try #require(Timestamp("2026-11-21T18:00:00Z"))
        let opening = fixture.now
        fixture.add([0]) { $0.lastHeartbeatAt = opening }
        #expect(fixture.plan.count(.create) == 7)
        fixture.pass(.seconds(3600))
        fixture.nodes = []
        let closing = fixture.now
        fixture.add(Array(repeating: 0, count: 8)) { $0.lastHeartbeatAt = closing }
        #expect(fixture.decision.desired == 1)
        #expect(fixture.plan.count(.drain) == 7 && fixture.plan.held.isEmpty)
    }
}
