import Testing

@testable import Reconciler

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-22T12:00:00Z", 1_795_348_800_000),
        ("2026-11-22T12:00:00.005Z", 1_795_348_800_005), ("2026-11-22T14:00:00+02:00", 1_795_348_800_000),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999), ("1969-12-31T23:59:59Z", -1000),
        ("2026-11-22t12:00:00z", 1_795_348_800_000), ("2026-11-21T12:01:00-23:59", 1_795_348_800_000),
        ("2026-11-22T12:00:00.6Z", 1_795_348_800_600), ("2026-11-22T12:00:00.1234999Z", 1_795_348_800_123),
        ("2026-11-22T11:59:59.99950Z", 1_795_348_800_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000), ("2017-01-01T00:59:60+01:00", 1_483_228_800_000),
        ("9999-12-31T23:59:59.9999Z", 253_402_300_799_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func `RFC 3339 is read`(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "now", "2026-11-22", "12:00:00Z", "2026-11-22T12:00:00", "2026-13-01T00:00:00Z", "1795348800",
        "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-00T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z", "2026-11-22T12:00:60Z", "2026-11-22T12:00:61Z",
        "2026-11-22T12:00:00+24:00", "2026-11-22T12:00:00+0200", "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00Z ",
        "2026-11-22 12:00:00Z", "+2026-11-22T12:00:00Z", "2026-1१-22T12:00:00Z",
        // No year of four digits in UTC.
        "0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `what is printed is read back`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let time = Timestamp(milliseconds: Int64(random.next() % 315_537_897_600_000) - 62_135_596_800_000)
            #expect(Timestamp(time.description) == time, "\(time)")
        }
        for milliseconds in [Int64.min, Int64.max, -62_135_596_800_001, 253_402_300_800_000] {
            let written = Timestamp(milliseconds: milliseconds).description
            #expect(written == (milliseconds < 0 ? "0001-01-01T00:00:00Z" : "9999-12-31T23:59:59.999Z"))
        }
        #expect(Timestamp(milliseconds: 0).description == "1970-01-01T00:00:00Z")
        #expect(Timestamp(milliseconds: 5).description == "1970-01-01T00:00:00.005Z")
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ms"), (999, "999ms"), (1000, "1s"), (2500, "2.5s"), (59_940, "59.9s"), (60_000, "1m"),
        (90_000, "1m30s"), (3_600_000, "1h"), (90_061_000, "1d1h1m1s"), (-1500, "-1.5s"),
    ])
    func `durations are written as a spec writes them`(_ milliseconds: Int, _ text: String) {
        #expect(Duration.milliseconds(milliseconds).specText == text)
    }
}
