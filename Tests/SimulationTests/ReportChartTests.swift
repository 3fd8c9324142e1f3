import Reconciler
import Testing

@testable import Simulation

@Suite("Charts of the report")
struct ReportChartTests {
    @Test(
        "have value ticks in steps of 1, 2 or 5",
        arguments: [
            (0, [0.0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]),
            (22, [0, 10, 20, 30]), (100, [0, 50, 100]), (48210, [0, 20000, 40000, 60000]),
            (-5, [0, 1]),
        ])
    func valueTicks(largest: Int, want: [Double]) {
        #expect(NumberAxis(largest: largest).ticks == want)
    }

    @Test("reach past any value with a handful of ticks", arguments: [1, 9, 99, 1001, 123_456_789, Int.max])
    func valueTicksReach(largest: Int) {
        let axis = NumberAxis(largest: largest)
        #expect(axis.top >= Double(largest))
        #expect((2...9).contains(axis.ticks.count))
    }

    @Test(
        "have time ticks at whole units, with weekdays where days pass",
        arguments: [
            (20, ["06:00:00", "06:00:05", "06:00:10", "06:00:15", "06:00:20"]),
            (3600, ["06:00", "06:15", "06:30", "06:45", "07:00"]),
            (30 * 3600, ["06:00", "12:00", "18:00", "Sun", "06:00", "12:00"]),
            (3 * 86400, ["Sun 22", "Mon 23", "Tue 24"]),
            (10 * 86400, ["Mon 23", "Wed 25", "Fri 27", "Sun 29", "Tue 1"]),
            (30 * 86400, ["23 Nov", "30 Nov", "7 Dec", "14 Dec", "21 Dec"]),
            (0, ["06:00:00"]),
        ])
    func timeTicks(seconds: Int, want: [String]) throws {
        let start = try #require(Timestamp("2026-11-21T06:00:00Z"))
        let axis = TimeAxis(from: start, to: start + .seconds(seconds), count: 6)
        #expect(axis.ticks.count <= 7)
        #expect(axis.ticks.map(\.label) == want)
    }

    @Test("have a time as the first tick of hours, also where they begin a day")
    func firstTick() throws {
        let start = try #require(Timestamp("2026-11-23T00:00:00Z"))
        let axis = TimeAxis(from: start, to: start + .seconds(30 * 3600), count: 6)
        #expect(axis.ticks.map(\.label) == ["00:00", "06:00", "12:00", "18:00", "Tue", "06:00"])
    }

    @Test("draw counts as steps")
    func steps() {
        let path = StepPath(values: [90, 90, 50, 50, 90], edges: [0, 10, 20, 30, 40, 50], width: 4)
        #expect(path.line == "M0 90h20v-40h20v40h10")
        #expect(path.area(ground: 100) == "M0 100v-10h20v-40h20v40h10v10z")
    }

    @Test("break at what is not known")
    func gaps() {
        let path = StepPath(values: [nil, 90, nil, 50], edges: [0, 10, 20, 30, 40], width: 4)
        #expect(path.line == "M10 90h10M30 50h10")
        #expect(path.area(ground: 100) == "M10 100v-10h10v10zM30 100v-50h10v50z")
    }

    @Test("keep a peak that shares its column with many")
    func peaks() {
        let values = [Int?](repeating: 90, count: 500) + [10] + [Int?](repeating: 90, count: 499)
        let path = StepPath(values: values, edges: (0...1000).map { $0 / 10 }, width: 4)
        #expect(path.line == "M0 90h48v-80v80h52")
    }

    @Test("are empty without values")
    func empty() {
        let path = StepPath(values: [], edges: [0], width: 4)
        #expect(path.line.isEmpty && path.area(ground: 100).isEmpty)
    }
}
