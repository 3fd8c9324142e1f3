import Reconciler
import Testing

@testable import Simulation

@Suite("A simulation")
struct SimulatorTests {
    /// 5 viewers, 18 from the fifth minute on, 3 from the fifteenth on, all of them in the first region.
    private static let rise = "time,region,viewers\n0,us,5\n5m,us,5\n5m5s,us,18\n15m,us,18\n16m,us,3\n30m,us,3\n"

    @Test("serves everyone where there is room, grows, shrinks, and counts what it costs")
    func calm() async throws {
        let result = try await SimulationSamples.run(SimulationSamples.spec(), Self.rise, prices: ["small": 2])
        #expect(result.totals.viewers == 18 && result.totals.refusedViewers == 0 && result.totals.peakViewers == 18)
        #expect(result.totals.publishers == 1 && result.totals.refusedPublishers == 0)
        let edge = try #require(result.pools.first { "\($0.pool)" == "live/us/edge" })
        #expect(edge.scaleOuts > 0 && edge.scaleIns > 0 && edge.peakNodes > 2)
        #expect(edge.nodeHours > 1 && edge.nodeHours < 3)
        let cost = try #require(edge.cost)
        #expect(abs(cost - 2 * edge.nodeHours) < 1e-9)
        #expect(result.actions.allSatisfy { !$0.reason.isEmpty && $0.from != $0.to })
        let all = try #require(result.viewers.first)
        #expect(all.wanted == all.served)
        #expect(all.wanted.count == result.times.count && edge.utilization.count == result.times.count)
    }

    @Test("counts a refused viewer once, however often it asks again")
    func refused() async throws {
        // Two regions of at most two nodes of ten viewers.
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(max: 2), "time,viewers\n0,0\n1m,50\n10m,50\n11m,0\n20m,0\n")
        #expect(result.totals.viewers == 50 && result.totals.refusedViewers == 10)
        #expect(result.totals.waitedSeconds > 10 * 500)
        #expect(result.viewers[0].refused.reduce(0, +) == 10)
        #expect(result.viewers[0].served.max() == 40)
        #expect(
            result.findings.contains { $0.hasPrefix("10 viewers were refused") && $0.hasSuffix("was at its max") },
            "\(result.findings)")
    }

    @Test("counts viewers whom no role can serve as refused, not as waiting for a publisher")
    func impossible() async throws {
        var spec = SimulationSamples.spec()
        spec.groups[0].roles.removeAll { $0.name == "edge" }
        let result = try await SimulationSamples.run(spec, "time,viewers\n0,0\n1m,5\n10m,5\n11m,0\n")
        #expect(result.totals.viewers == 5 && result.totals.refusedViewers == 5)
        #expect(result.viewers[0].served.max() == 0)
    }

    @Test("brings the viewers of nodes that die back, without counting them again")
    func deaths() async throws {
        var failures = SimulatedSpec.Failures()
        failures.dies = 0.1
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(failures: failures), "time,viewers\n0,8\n1h,8\n")
        #expect(result.totals.moved > 0)
        #expect(result.totals.viewers == 8)
        let last = try #require(result.viewers.first?.served.suffix(60))
        #expect(last.contains(8))
    }

    @Test("lets viewers wait for a stream that nobody publishes, and says so")
    func offAir() async throws {
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(), "time,viewers,publishers\n0,4,0\n10m,4,0\n")
        #expect(result.viewers[0].served.allSatisfy { $0 == 0 } && result.totals.refusedViewers == 0)
        #expect(result.findings.contains { $0.hasPrefix("4 viewers waited for live/main") }, "\(result.findings)")
        #expect(result.totals.waitedForPublisher == 4)
    }

    @Test("says in one sentence that many streams have no publisher")
    func manyOffAir() async throws {
        let rows = (1...39).map { "0,live/s\($0),2,0\n10m,live/s\($0),2,0\n" }.joined()
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(), "time,stream,viewers,publishers\n" + rows)
        #expect(result.totals.waitedForPublisher == 78)
        let found = result.findings.filter { $0.contains("waited") }
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("39 streams had no publisher when viewers asked: 78 viewers waited, "), "\(found)")
    }

    @Test("shows viewers on nodes of another region where they are, and says how many")
    func elsewhere() async throws {
        // One region has room for 20; the other takes the rest.
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(max: 2), "time,region,viewers\n0,us,0\n1m,us,35\n30m,us,35\n")
        let eu = try #require(result.viewers.first { $0.name == "eu" })
        #expect(eu.wanted.allSatisfy { $0 == 0 } && eu.served.allSatisfy { $0 == 0 })
        #expect(eu.carried.max() ?? 0 >= 15)
        #expect(result.totals.peakServedElsewhere >= 15)
        #expect(result.findings.contains { $0.contains("on nodes of another region") }, "\(result.findings)")
        let calm = try await SimulationSamples.run(
            SimulationSamples.spec(), "time,region,viewers\n0,us,5\n30m,us,5\n")
        #expect(calm.totals.servedElsewhereSeconds == 0)
    }

    @Test("counts no reversal where a wave ends and the next begins")
    func waves() async throws {
        let rows = (0..<6).map { "\($0 * 20)m,\($0 % 2 == 0 ? 5 : 35)\n" }.joined()
        let result = try await SimulationSamples.run(SimulationSamples.spec(), "time,viewers\n" + rows)
        #expect(result.totals.scaleOuts > 1 && result.totals.scaleIns > 1 && result.totals.reversals == 0)
    }

    @Test(
        "gives the arithmetic of the winning rule as the reason of an action, and the most who waited as the worst moment"
    )
    func reasons() async throws {
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(max: 4), "time,region,viewers\n0,us,5\n1m,us,5\n1m10s,us,90\n10m,us,90\n")
        let out = try #require(result.actions.first { $0.to > $0.from })
        #expect(out.reason.contains(", target ") && !out.reason.contains("recommended"), "\(out.reason)")
        let worst = try #require(result.worst)
        #expect(worst.region == "us")
        #expect(
            result.findings.contains { $0.contains("at worst \(worst.waiting) waiting at \(worst.at)") },
            "\(result.findings)")
    }

    @Test("refuses publishers over the origins' capacity, once each")
    func publishers() async throws {
        let result = try await SimulationSamples.run(
            SimulationSamples.spec(), "time,viewers,publishers\n0,0,1\n5m,0,6\n10m,0,6\n")
        #expect(result.totals.publishers == 6 && result.totals.refusedPublishers == 2)
    }

    @Test("is the same for equal inputs, whatever its step")
    func deterministic() async throws {
        for step: Duration? in [.seconds(2), .seconds(30), nil] {
            var failures = SimulatedSpec.Failures()
            failures.dies = 0.05
            failures.create = 0.2
            failures.list = 0.1
            let spec = SimulationSamples.spec(failures: failures)
            let first = try await SimulationSamples.run(spec, Self.rise, seed: 7, step: step)
            let second = try await SimulationSamples.run(spec, Self.rise, seed: 7, step: step)
            #expect(first == second)
            #expect(try first.json() == second.json())
        }
    }

    @Test("stands for providers of any type")
    func machines() {
        let ec2 = ProviderSpec(name: "aws", settings: .ec2(EC2Spec()))
        #expect(Estate.settings(of: ec2, boot: nil, seed: 1).boot == .seconds(90))
        #expect(Estate.settings(of: ec2, boot: .seconds(5), seed: 1).boot == .seconds(5))
    }

    @Test("takes steps that keep the number of its rounds in bounds")
    func steps() throws {
        for (length, step) in [("4h", 2), ("6h", 2), ("7d", 60), ("60d", 60)] {
            let trace = try LoadTrace.read("time,viewers\n0,1\n\(length),1\n", file: "t.csv")
            #expect(Simulator.step(for: trace) == .seconds(step))
        }
    }
}
