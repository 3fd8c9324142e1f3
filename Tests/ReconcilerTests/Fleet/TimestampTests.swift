import Testing

@testable import Reconciler

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-22T12:00:00Z", 1_795_348_800_000),
        ("2026-11-22T12:00:00.005Z", 1_795_348_800_005), ("2026-11-22T14:00:00+02:00", 1_795_348_800_000),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999), ("1969-12-31T23:59:59Z", -1000),
    ])
    func `RFC 3339 is read`(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "now", "2026-11-22", "12:00:00Z", "2026-11-22T12:00:00", "2026-13-01T00:00:00Z", "1795348800",
    ])
    func `what is no time is refused`(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `what is printed is read back`() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let time = Timestamp(milliseconds: Int64(random.next() % 4_000_000_000_000))
            #expect(Timestamp(time.description) == time, "\(time)")
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
