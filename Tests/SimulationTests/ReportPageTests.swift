import Foundation
import FoundationXML
import Reconciler
import Testing

@testable import Simulation

@Suite("The report of a simulation")
struct ReportPageTests {
    private static let page = SimulationReport.html(ReportSample.matchDay())

    @Test("is the same bytes for the same result")
    func deterministic() {
        let other = ReportSample.matchDay(.init(name: "other.yaml", ceiling: 40))
        #expect(SimulationReport.html(ReportSample.matchDay()) == Self.page)
        #expect(
            SimulationReport.html(ReportSample.matchDay(), against: other)
                == SimulationReport.html(ReportSample.matchDay(), against: other))
    }

    @Test("stands alone: no address, no script, nothing loaded")
    func standsAlone() {
        for word in ["http:", "https:", "//", "<script", "@import", "url(h", "src=", "data:"] {
            #expect(!Self.page.contains(word), "\(word)")
        }
        #expect(Self.page.contains("default-src 'none'"))
    }

    @Test("says the verdict first")
    func verdict() throws {
        let verdict = try #require(Self.page.range(of: "in us-east: edge was at its max of 22"))
        let tiles = try #require(Self.page.range(of: "<dl class=\"tiles\">"))
        let chart = try #require(Self.page.range(of: "class=\"chart\""))
        #expect(verdict.lowerBound < tiles.lowerBound && tiles.lowerBound < chart.lowerBound)
    }

    @Test("counts the refused and the cost in one sentence")
    func sentence() {
        var result = Self.bare()
        result.totals.viewers = 48210
        result.totals.nodeHours = 812
        result.totals.cost = 69.02
        #expect(Self.sentence(result) == "0 of 48,210 viewers were refused; 812 node-hours, cost 69.02.")
        result.totals.viewers = 1
        result.totals.refusedViewers = 1
        result.totals.publishers = 2
        result.totals.refusedPublishers = 1
        result.totals.cost = nil
        #expect(
            Self.sentence(result)
                == "1 of 1 viewer was refused; so was 1 of 2 publishers; 812 node-hours, cost unknown.")
    }

    @Test("says so when no viewers came")
    func nobody() {
        #expect(Self.sentence(Self.bare()) == "No viewers came; 0 node-hours, cost unknown.")
    }

    @Test("says that nodes were not yet in service where the ceiling was not reached")
    func late() {
        var result = ReportSample.matchDay(.init(points: 4, regions: ["eu"], roles: ["edge"]))
        result.worst = .init(at: result.times[2], region: "eu", waiting: 7)
        result.pools[0].serving = [2, 2, 2, 2]
        result.pools[0].desired = [2, 2, 5, 5]
        result.pools[0].utilization = [50, 50, 100, 50]
        result.totals.refusedViewers = 7
        let times = ReportTimes(start: result.start, end: result.end)
        #expect(
            Self.sentence(result).contains(
                "at worst 7 waiting at \(times.moment(result.times[2])) UTC in eu: 3 of 5 edge nodes were not yet in service"
            ))
    }

    @Test("compares two specs, and says which is better")
    func comparison() throws {
        let larger = ReportSample.matchDay(.init(name: "max40.yaml", ceiling: 40))
        let page = SimulationReport.html(ReportSample.matchDay(), against: larger)
        try Self.parse(page)
        #expect(page.contains("Differences are other − this"))
        #expect(page.contains("fewer refused (better)"))
        #expect(page.contains("With max40.yaml instead: "))
        #expect(page.contains("other: capacity"))
        #expect(page.contains(">better</b>") && page.contains(">worse</b>"))
        let same = SimulationReport.html(larger, against: larger)
        #expect(same.contains("as many refused, as many node-hours, the same cost"))
        #expect(!same.contains(">better</b>") && !same.contains(">worse</b>"))
    }

    @Test("draws whom the nodes of a region serve where these are others than its viewers")
    func carried() throws {
        var result = ReportSample.matchDay(.init(points: 20))
        #expect(!SimulationReport.html(result).contains("on the nodes here"))
        result.viewers[1].carried = result.viewers[1].capacity
        result.totals.servedSeconds = 1000
        result.totals.servedElsewhereSeconds = 120
        let page = SimulationReport.html(result)
        try Self.parse(page)
        #expect(page.components(separatedBy: "on the nodes here").count == 2)
        #expect(page.contains("12% of the viewing"))
    }

    @Test("has no sign of a currency")
    func currency() {
        #expect(!Self.page.contains("$") && Self.page.contains("cost "))
    }

    @Test("draws two that ran at different times from the same start")
    func moved() throws {
        var other = ReportSample.matchDay(.init(points: 20))
        let offset = Duration.seconds(365 * 86400)
        other.start = other.start + offset
        other.end = other.end + offset
        other.times = other.times.map { $0 + offset }
        let page = SimulationReport.html(ReportSample.matchDay(.init(points: 20)), against: other)
        try Self.parse(page)
        #expect(page.contains("is drawn from the same start"))
        #expect(!page.contains("2027"))
    }

    @Test("cannot be written to by names")
    func hostileNames() throws {
        let evil = "</style><script>alert('1')</script>\"&\u{0}"
        var result = ReportSample.matchDay(.init(name: evil, points: 30, regions: [evil, evil + "2"], roles: [evil]))
        result.findings = [evil]
        for index in result.actions.indices { result.actions[index].reason = evil }
        for index in result.pools.indices {
            result.pools[index].metric = evil
            result.pools[index].instanceType = evil
        }
        let page = SimulationReport.html(result, against: result)
        try Self.parse(page)
        #expect(!page.contains("<script"))
        #expect(!page.contains("alert('1')"))
    }

    @Test(
        "is well-formed whatever there is to draw",
        arguments: [
            ("nothing", bare()),
            ("a day", ReportSample.matchDay()),
            ("one moment", ReportSample.matchDay(.init(points: 1))),
            ("two moments", ReportSample.matchDay(.init(points: 2))),
            ("one region", ReportSample.matchDay(.init(points: 50, regions: ["eu"]))),
            ("many regions", ReportSample.matchDay(.init(points: 50, regions: (1...15).map { "r\($0)" }))),
            ("weeks", ReportSample.matchDay(.init(points: 50, hours: 24 * 40))),
            ("a minute", ReportSample.matchDay(.init(points: 50, hours: 1 / 60.0))),
            ("zeros", flat(0)),
            ("very large numbers", flat(Int.max / 1000)),
            ("one very large number", huge()),
            ("no capacity", flat(-1)),
            ("short series", short()),
        ])
    func wellFormed(_ name: String, _ result: SimulationResult) throws {
        for page in [
            SimulationReport.html(result),
            SimulationReport.html(result, against: ReportSample.matchDay(.init(points: 9))),
        ] {
            try Self.parse(page)
            #expect(!page.contains("nan") && !page.contains("Optional("))
        }
    }

    @Test("asks for prices where there are none")
    func prices() {
        #expect(SimulationReport.html(Self.bare()).contains("no prices given: --price TYPE=PER_HOUR"))
    }

    @Test("folds what is many")
    func folding() {
        let page = SimulationReport.html(ReportSample.matchDay(.init(points: 50, regions: (1...15).map { "r\($0)" })))
        #expect(page.contains("<summary>9 more regions</summary>"))
        #expect(page.contains("<summary>18 more pools</summary>"))
    }

    @Test("folds findings past the first eight")
    func findings() {
        var result = Self.bare()
        result.findings = (1...10).map { "finding \($0)" }
        let page = SimulationReport.html(result)
        #expect(page.contains("<li>finding 8</li></ul><details><summary>2 more findings</summary>"))
        result.findings = []
        #expect(SimulationReport.html(result).contains("Nothing stood out."))
    }

    @Test("lists at most 500 actions")
    func actions() {
        var result = ReportSample.matchDay(.init(points: 50))
        let pool = result.pools[0].pool
        result.actions = (0..<1234).map {
            .init(at: result.start + .seconds($0), pool: pool, from: $0, to: $0 + 1, reason: "more")
        }
        #expect(SimulationReport.html(result).contains("and 734 more</p>"))
    }

    @Test("stays small with 30 pools of 1,000 points")
    func size() {
        let page = SimulationReport.html(ReportSample.matchDay(.init(regions: (1...15).map { "region-\($0)" })))
        #expect(page.utf8.count < 500_000)
    }

    // MARK: Results

    private static func bare() -> SimulationResult {
        SimulationResult(
            name: "bare", seed: 0, start: ReportSample.start, end: ReportSample.start, step: .seconds(30),
            totals: .init(), pools: [], times: [], viewers: [], actions: [], findings: [])
    }

    /// Every count is the same.
    private static func flat(_ value: Int) -> SimulationResult {
        var result = ReportSample.matchDay(.init(points: 20))
        let values = [Int](repeating: value, count: 20)
        for index in result.pools.indices {
            result.pools[index].serving = values
            result.pools[index].desired = values
            result.pools[index].billed = values
            result.pools[index].utilization = values
            result.pools[index].cost = nil
        }
        for index in result.viewers.indices {
            result.viewers[index].wanted = values
            result.viewers[index].served = values
            result.viewers[index].carried = values
            result.viewers[index].capacity = values
            result.viewers[index].refused = values
        }
        return result
    }

    private static func huge() -> SimulationResult {
        var result = ReportSample.matchDay(.init(points: 1, regions: ["eu"], roles: ["edge"]))
        result.viewers[0].wanted = [Int.max]
        result.pools[0].serving = [Int.max]
        result.pools[0].max = Int.max
        result.totals.waitedSeconds = 1e12
        return result
    }

    /// Fewer values than times.
    private static func short() -> SimulationResult {
        var result = ReportSample.matchDay(.init(points: 20))
        for index in result.pools.indices {
            result.pools[index].serving.removeLast(3)
            result.pools[index].utilization = []
        }
        result.viewers[0].refused = []
        return result
    }

    private static func sentence(_ result: SimulationResult) -> String {
        ReportVerdict.sentence(ReportSubject(result, against: nil))
    }

    private static func parse(_ page: String) throws {
        let parser = XMLParser(data: Data(page.utf8))
        let isWhole = parser.parse()
        #expect(isWhole, "line \(parser.lineNumber), column \(parser.columnNumber)")
    }
}
