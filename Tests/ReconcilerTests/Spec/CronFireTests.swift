import Foundation
import Testing

@testable import Reconciler

@Suite struct CronFireTests {
    private func next(_ text: String, after: String, in zone: String = "UTC") throws -> String? {
        let zone = try #require(TimeZone(identifier: zone))
        let after = try #require(Timestamp(after))
        return try CronExpression(text: text).nextFire(after: after, in: zone)?.description
    }

    @Test(arguments: [
        ("0 18 * * 6", "2026-11-22T12:00:00Z", "2026-11-28T18:00:00Z"),
        ("0 18 * * 6", "2026-11-28T18:00:00Z", "2026-12-05T18:00:00Z"),
        ("0 18 * * 6", "2026-11-28T17:59:59Z", "2026-11-28T18:00:00Z"),
        ("*/15 * * * *", "2026-12-31T23:50:00Z", "2027-01-01T00:00:00Z"),
        ("10 0 0 * * *", "2026-01-01T00:00:09.500Z", "2026-01-01T00:00:10Z"),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("30 6 1 JAN ?", "2026-01-01T06:30:00Z", "2027-01-01T06:30:00Z"),
        ("59 59 23 31 12 *", "2026-05-05T00:00:00Z", "2026-12-31T23:59:59Z"),
        ("0 0 * * *", "1969-12-30T12:00:00Z", "1969-12-31T00:00:00Z"),
    ])
    func `the next instant is found`(text: String, after: String, want: String) throws {
        #expect(try next(text, after: after) == want)
    }

    @Test(arguments: [
        // Summer time: 18:00 in Dublin is 17:00 UTC.
        ("0 18 * * *", "2026-07-01T12:00:00Z", "2026-07-01T17:00:00Z"),
        ("0 18 * * *", "2026-12-01T12:00:00Z", "2026-12-01T18:00:00Z"),
        // 2026-03-29 01:00 becomes 02:00: 01:30 is skipped, and fires where 02:30 is.
        ("30 1 * * *", "2026-03-29T00:00:00Z", "2026-03-29T01:30:00Z"),
        ("30 1 * * *", "2026-03-29T01:10:00Z", "2026-03-29T01:30:00Z"),
        // 2026-10-25 02:00 becomes 01:00: 01:30 is there twice, and fires the first time.
        ("30 1 * * *", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"),
        ("30 1 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
    ])
    func `the clocks of the time zone count`(text: String, after: String, want: String) throws {
        #expect(try next(text, after: after, in: "Europe/Dublin") == want)
    }

    /// One minute after another for a year, compared with the calendar of Foundation.
    @Test func `it agrees with the calendar`() throws {
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let cron = try CronExpression(text: "17 5 1-7 * 2")
        var time = try #require(Timestamp("2026-01-01T00:00:00Z"))
        for _ in 0..<150 {
            let fire = try #require(cron.nextFire(after: time, in: zone))
            let parts = calendar.dateComponents([.hour, .minute, .second, .day, .weekday], from: fire.date)
            #expect(parts.hour == 5 && parts.minute == 17 && parts.second == 0)
            #expect(parts.day.map { $0 <= 7 } == true || parts.weekday == 3)
            #expect(fire > time)
            time = fire
        }
    }
}
