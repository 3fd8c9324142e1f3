import Reconciler
import Testing

@testable import Simulation

@Suite("Text of the report")
struct ReportTextTests {
    @Test(
        "is escaped, for elements and attributes",
        arguments: [
            ("edge", "edge"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("a & \"b\" 'c'", "a &amp; &quot;b&quot; &#39;c&#39;"),
            ("&amp;", "&amp;amp;"),
            ("two\nlines\tand a tab", "two lines and a tab"),
            ("nul\u{0} bell\u{7} turned\u{202E}", "nul\u{FFFD} bell\u{FFFD} turned\u{FFFD}"),
            ("Zürich 東京 ⚽️", "Zürich 東京 ⚽️"),
        ])
    func escaping(text: String, want: String) {
        #expect(ReportText.escape(text) == want)
    }

    @Test(
        "groups thousands",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (48210, "48,210"), (-1204, "−1,204"),
            (Int.max, "9,223,372,036,854,775,807"), (Int.min, "−9,223,372,036,854,775,808"),
        ])
    func counts(value: Int, want: String) {
        #expect(ReportText.count(value) == want)
    }

    @Test(
        "has at most one decimal",
        arguments: [
            (812.0, "812"), (812.44, "812.4"), (0.06, "0.1"), (0.04, "0"), (-0.04, "0"), (-18.25, "−18.3"),
            (1_234_567.89, "1,234,567.9"), (1e300, "more than 10,000tn"), (.nan, "unknown"),
        ])
    func decimals(value: Double, want: String) {
        #expect(ReportText.decimal(value) == want)
    }

    @Test(
        "has two decimals and no sign of a currency where it is money",
        arguments: [(69.02, "69.02"), (0, "0.00"), (1234.5, "1,234.50"), (-2.1, "−2.10")])
    func money(value: Double, want: String) {
        #expect(ReportText.money(value) == want)
    }

    @Test("is short at axes", arguments: [(0.0, "0"), (20000, "20,000"), (1.5e6, "1.5M"), (2e9, "2bn"), (5e12, "5tn")])
    func ticks(value: Double, want: String) {
        #expect(ReportText.tick(value) == want)
    }

    @Test("names a moment as shortly as the length of the simulation allows")
    func moments() throws {
        let at = try #require(Timestamp("2026-11-21T18:04:30Z"))
        #expect(ReportTimes(start: at, end: at + .seconds(86400)).moment(at) == "Sat 18:04")
        #expect(ReportTimes(start: at, end: at + .seconds(60)).moment(at) == "Sat 18:04:30")
        #expect(ReportTimes(start: at, end: at + .seconds(30 * 86400)).moment(at) == "Sat 21 Nov 18:04")
        #expect(ReportTimes.full(at) == "Sat 21 Nov 2026 18:04")
        #expect(ReportTimes.full(Timestamp(milliseconds: 0)) == "Thu 1 Jan 1970 00:00")
        #expect(ReportTimes.full(Timestamp(milliseconds: -1000)) == "Wed 31 Dec 1969 23:59")
    }
}
