internal import Foundation
internal import Reconciler

/// Prints what section 9 of the design names, as far as one process can measure it. Times are for people to look at and to compare
/// within one run; no test asserts them.
@main
enum Main {
    /// What can be asked for by name; nothing asks for all.
    private static let sections: [(name: String, run: @Sendable () -> Void)] = [
        ("routing", { for count in [1_000, 10_000, 100_000] { routing(nodes: count) } }),
        ("selection", { for count in [10_000, 100_000] { RoutingBenchmarks.selection(nodes: count) } }),
        ("burst", { RoutingBenchmarks.burst() }),
        ("planning", { for count in [1_000, 10_000, 100_000] { planning(nodes: count) } }),
        ("heartbeats", { heartbeats(nodes: 10_000) }),
        ("specs", { specs() }),
    ]

    static func main() {
        let wanted = CommandLine.arguments.dropFirst()
        if let unknown = wanted.first(where: { name in !sections.contains { $0.name == name } }) {
            Measure.line("no '\(unknown)'; there are \(sections.map(\.name).joined(separator: ", "))")
            exit(1)
        }
        Measure.line("what".padded(to: 58) + "nodes".padded(to: 10) + "processor time")
        for section in sections where wanted.isEmpty || wanted.contains(section.name) { section.run() }
    }

    private static func routing(nodes count: Int) {
        let cluster = Cluster(nodes: count)
        let live = cluster.live()
        var random = SeededRandom(seed: 1)
        let now = cluster.now
        for stream in cluster.streams { live.streams.markLive(stream, on: cluster.origin, at: now) }
        let queries = cluster.streams.map { RouteQuery(stream: $0, action: .subscribe) }
        let near = cluster.streams.map {
            RouteQuery(stream: $0, action: .subscribe, place: GeoPoint(latitude: 52.5, longitude: 13.4))
        }
        Measure.each("subscribe, any region: the whole decision", count) { index in
            _ = live.route(queries[index & 1023], at: now, using: &random)
        }
        Measure.each("subscribe, nearest region: the whole decision", count) { index in
            _ = live.route(near[index & 1023], at: now, using: &random)
        }
        if count == 1_000 { regions(live.view.groups[0], cluster) }
        Measure.once("building the routing view", count) { cluster.view(live) }
        Measure.once("building the next routing view, nothing changed", count) { cluster.nextView(live) }
    }

    /// What the nearest region takes of a decision: it depends on the number of regions alone.
    private static func regions(_ group: RoutingView.GroupView, _ cluster: Cluster) {
        var random = SeededRandom(seed: 2)
        let queries = (0..<1 << 16).map { index in
            RouteQuery(
                stream: cluster.streams[index & 1023], action: .subscribe,
                place: GeoPoint(
                    latitude: Double.random(in: -60...70, using: &random),
                    longitude: Double.random(in: -180...180, using: &random)))
        }
        var sum = 0
        Measure.each("the nearest of 30 regions, 512 places", 0) { index in
            sum += queries[index & 511].regionOrder(of: group)?.first ?? 0
        }
        Measure.each("the nearest of 30 regions, places anywhere", 0) { index in
            sum += queries[index & 0xffff].regionOrder(of: group)?.first ?? 0
        }
        Measure.each("all of 30 regions by distance, 512 places", 0) { index in
            queries[index & 511].regionOrder(of: group)?.forEach { sum += $0 }
        }
        precondition(sum > 0)
    }

    private static func planning(nodes count: Int) {
        let full = Cluster(nodes: count)
        Measure.once("plan, nothing to do", count) { Planner.plan(spec: full.spec, fleet: full.fleet, now: full.now) }
        let empty = Fleet(nodes: [], observingSince: full.now)
        var known = empty
        known.scopes = full.fleet.scopes
        Measure.once("plan, everything to do", count) { Planner.plan(spec: full.spec, fleet: known, now: full.now) }
    }

    private static func heartbeats(nodes count: Int) {
        let cluster = Cluster(nodes: count)
        let live = cluster.live()
        let ids = cluster.fleet.nodes.keys.sorted()
        let streams = [StreamReport(scope: "live", name: "s1", role: .edge, subscribers: 10)]
        Measure.each("taking in a heartbeat of one stream", count) { index in
            let beat = Heartbeat(
                sequence: index / ids.count + 1, metrics: [Metric.subscribers: Double(index % 100)], streams: streams)
            _ = live.heartbeat(beat, from: ids[index % ids.count], at: cluster.now)
        }
    }

    private static func specs() {
        let text = Cluster.specText(bytes: 5_000_000)
        let source = SpecSource(name: "large.yaml", text: text)
        Measure.once("reading a spec of \(text.utf8.count / 1000) kB", 0) {
            precondition(SpecReader.read([source]).spec != nil)
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(width - count, 1)) }
}

/// Runs a thing and prints its processor time: what else runs on the machine shows less in it than in the time of a clock.
enum Measure {
    private static let repetitions = 200_000

    /// The best mean of five series, after a tenth of one to warm up.
    static func each(_ name: String, _ nodes: Int, _ body: (Int) -> Void) {
        for index in 0..<repetitions / 10 { body(index) }
        let times = (0..<5).map { _ in time { for index in 0..<repetitions { body(index) } } }
        report(name, nodes, (times.min() ?? .zero) / repetitions)
    }

    /// The best of five runs.
    static func once<Value>(_ name: String, _ nodes: Int, _ body: () -> Value) {
        let times = (0..<5).map { _ in time { _ = body() } }
        report(name, nodes, times.min() ?? .zero)
    }

    /// Of this process.
    static func time(_ body: () -> Void) -> Duration {
        let start = clock()
        body()
        return .microseconds(clock() - start)
    }

    private static func report(_ name: String, _ nodes: Int, _ time: Duration) {
        let count = nodes == 0 ? "" : "\(nodes)"
        line(name.padded(to: 58) + count.padded(to: 10) + "\(time.formatted)")
    }

    /// At once, also into a pipe.
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}

extension Duration {
    fileprivate var formatted: String {
        let nanoseconds = Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
        func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        if nanoseconds < 10_000 { return "\(rounded(nanoseconds)) ns" }
        if nanoseconds < 10_000_000 { return "\(rounded(nanoseconds / 1000)) µs" }
        return "\(rounded(nanoseconds / 1_000_000)) ms"
    }
}
