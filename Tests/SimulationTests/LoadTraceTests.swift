import Foundation
import Reconciler
import Testing

@testable import Simulation

@Suite("Load traces")
struct LoadTraceTests {
    static let start = LoadTrace.defaultStart

    private func levels(_ text: String, at seconds: [Int]) throws -> [Int] {
        let trace = try LoadTrace.read(text, file: "t.csv")
        var cursor = LoadCursor(trace.series[0])
        return seconds.map { cursor.level(at: Self.start + .seconds($0)).viewers }
    }

    @Test("go in a straight line between their points, from nobody before to the last level after")
    func interpolation() throws {
        let text = "time,viewers\n60,100\n2m,300\n3m,0\n"
        #expect(
            try levels(text, at: [0, 59, 60, 75, 90, 120, 150, 180, 600]) == [0, 0, 100, 150, 200, 300, 150, 0, 0])
    }

    @Test("read columns in any order and case, comments, blank lines, quotes and line ends of either kind")
    func lenience() throws {
        let text = "# an evening\r\n\r\nViewers , TIME,stream,region\r\n5,0,\"live/a\",us\r\n7,1h30m,live/a,us\r\n"
        let trace = try LoadTrace.read(text, file: "t.csv")
        let series = LoadTrace.Series(
            region: "us", stream: StreamKey(scope: "live", name: "a"),
            points: [.init(at: Self.start, viewers: 5), .init(at: Self.start + .seconds(5400), viewers: 7)])
        #expect(trace == LoadTrace(series: [series]))
    }

    @Test("take times in full, and offsets from the given start")
    func times() throws {
        let full = try LoadTrace.read("time,viewers\n2026-11-22T12:00:00Z,1\n2026-11-22T13:00:00Z,1\n", file: "t.csv")
        #expect("\(full.start) \(full.end)" == "2026-11-22T12:00:00Z 2026-11-22T13:00:00Z")
        let offsets = try LoadTrace.read("time,viewers\n0,1\n90,1\n", file: "t.csv", start: full.start)
        #expect(offsets.end == full.start + .seconds(90))
        #expect(offsets.series[0].stream == StreamKey(scope: "live", name: "main"))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var text: String
        var error: String
        var testDescription: String { error }
    }

    static let bad = [
        Bad(text: "", error: "t.csv: it is empty; expected a header row with time, viewers"),
        Bad(text: "time,viewer\n0,1\n", error: "t.csv:1:6: unknown column 'viewer'; did you mean 'viewers'?"),
        Bad(
            text: "time,viewers,mood\n0,1,2\n",
            error: "t.csv:1:14: unknown column 'mood'; there are time, region, stream, viewers, publishers"),
        Bad(
            text: "time,region\n0,us\n",
            error: "t.csv:1:1: there is no column 'viewers'; the first row names the columns"),
        Bad(text: "time,viewers,time\n0,1,0\n", error: "t.csv:1:14: column 'time' is there twice"),
        Bad(text: "time,viewers\n0,1\n60\n", error: "t.csv:3:1: 1 values, expected 2 as in the first row"),
        Bad(text: "time,viewers\n0,-1\n", error: "t.csv:2:3: '-1' is no number of viewers from 0 to 20000000"),
        Bad(text: "time,viewers\n0, nan\n", error: "t.csv:2:4: 'nan' is no number of viewers from 0 to 20000000"),
        Bad(
            text: "time,viewers,publishers\n0,1,x\n",
            error: "t.csv:2:5: 'x' is no number of publishers from 0 to 20000000"),
        Bad(
            text: "time,viewers\n60,1\n30,1\n",
            error: "t.csv:3:1: time 2026-01-05T00:00:30Z of live/main goes back behind 2026-01-05T00:01:00Z"),
        Bad(
            text: "time,viewers\n60,1\n1m,1\n",
            error: "t.csv:3:1: time 2026-01-05T00:01:00Z of live/main is there twice"),
        Bad(
            text: "time,viewers\nnoon,1\n",
            error:
                "t.csv:2:1: 'noon' is no time; expected seconds from the start, a duration such as 1h30m, or 2026-11-22T12:00:00Z"
        ),
        Bad(
            text: "time,viewers\n0,1\n2026-11-22T12:00:00Z,1\n",
            error: "t.csv:3:1: '2026-11-22T12:00:00Z' is a time in full, unlike the first row's"),
        Bad(
            text: "time,viewers,stream\n0,1,main\n",
            error: "t.csv:2:5: stream 'main' is no scope and name such as 'live/main'"),
        Bad(text: "time,viewers\n0,1\n400d,1\n", error: "t.csv:3:1: more than 366 days after 2026-01-05T00:00:00Z"),
        Bad(
            text: "time,viewers\n0,1\n",
            error: "t.csv: one point in time under the header; a trace has at least two points in time"),
        Bad(text: "time,stream,viewers\n0,\"live/a,1\n1,live/a,1\n", error: "t.csv:2:3: a quote that is not closed"),
        Bad(
            text: "time,vi\u{1b}[2Jewers\n0,1\n",
            error: "t.csv:1:6: unknown column 'vi\\u{1b}[2Jewers'; there are time, region, stream, viewers, publishers"),
        Bad(text: "time,viewers\n", error: "t.csv: no row under the header; a trace has at least two points in time"),
    ]

    @Test("say what is wrong, and where", arguments: bad)
    func errors(_ bad: Bad) throws {
        let error = try #require(throws: SimulationInputError.self) { try LoadTrace.read(bad.text, file: "t.csv") }
        #expect(error.diagnostics.first?.description == bad.error)
    }

    @Test("are printed as CSV that reads as the same trace", arguments: TraceGenerator.Shape.allCases)
    func roundTrip(_ shape: TraceGenerator.Shape) throws {
        let trace = try #require(try TraceGenerator(shape.rawValue)).trace(for: SimulationSamples.spec(), seed: 3)
        #expect(try LoadTrace.read(trace.csv, file: "t.csv") == trace)
    }

    @Test("of regions and scopes that the spec does not have are told")
    func strangers() throws {
        let trace = try LoadTrace.read(
            "time,region,stream,viewers\n0,uss,tv/a,1\n1m,uss,tv/a,1\n", file: "t.csv")
        #expect(
            trace.strangers(to: SimulationSamples.spec()) == [
                ":2:3: region 'uss' of the trace is no region or zone of the spec; did you mean 'us'?",
                ":2:7: no node group of the spec serves the scope 'tv' of the trace",
            ])
    }

    @Test("that are generated are the same for the same seed, others for another, and stay within their peak")
    func generators() throws {
        let spec = SimulationSamples.spec()
        for shape in TraceGenerator.Shape.allCases {
            let generator = try #require(try TraceGenerator("\(shape.rawValue):peak=500"))
            let trace = generator.trace(for: spec, seed: 1)
            #expect(trace == generator.trace(for: spec, seed: 1))
            #expect(trace != generator.trace(for: spec, seed: 2))
            let tops = trace.series.map { $0.points.map(\.viewers).max() ?? 0 }
            #expect(tops.reduce(0, +) <= 501 && tops.reduce(0, +) > 400, "\(shape): \(tops)")
        }
        #expect(try TraceGenerator("evening.csv") == nil)
        #expect(throws: TraceGeneratorError.self) { try TraceGenerator("match-day:peek=3") }
        #expect(throws: TraceGeneratorError.self) { try TraceGenerator("match-day:peak=0") }
    }

    @Test("have prices beside them, which are numbers")
    func prices() throws {
        let list = try PriceList.read("instanceType,pricePerHour\nc6i.large,0.085\n", file: "p.csv")
        #expect(list.perHour == ["c6i.large": 0.085])
        let error = try #require(throws: SimulationInputError.self) {
            try PriceList.read("instanceType,pricePerHour\nc6i.large,cheap\n", file: "p.csv")
        }
        #expect(error.diagnostics.first?.description == "p.csv:2:11: 'cheap' is no price per hour, such as 0.085")
    }
}
