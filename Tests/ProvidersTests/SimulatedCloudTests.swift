import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("The simulated cloud")
struct SimulatedCloudTests {
    let start = Timestamp(milliseconds: 1_000_000)
    let stream = StreamKey(scope: "live", name: "a")

    @Test("boots an instance, which then sends one heartbeat a second with a growing sequence")
    func boot() throws {
        var cloud = SimulatedCloud(spec: SimulatedSpec())
        #expect(try cloud.create(request("n1"), at: start).state == .pending)
        #expect(cloud.heartbeats(at: start + .milliseconds(1999)).isEmpty)
        var sequences: [Int] = []
        for step in 0...15 {
            sequences += cloud.heartbeats(at: start + .milliseconds(2000 + step * 200)).map(\.1.sequence)
        }
        #expect(sequences == [1, 2, 3, 4])
        #expect(
            try cloud.list(owner: "us", region: "lab", at: start + .seconds(5)).instances.map(\.state) == [.running])
    }

    @Test("reports publishers as source and viewers as edge, from connectAfter until stay is over")
    func clients() throws {
        var spec = SimulatedSpec()
        spec.load.stay = .seconds(10)
        var cloud = SimulatedCloud(spec: spec)
        _ = try cloud.create(request("origin"), at: start)
        _ = try cloud.create(request("edge"), at: start)
        let up = start + .seconds(3)
        cloud.assigned("origin", stream: stream, action: .publish, at: up)
        for _ in 0..<3 { cloud.assigned("edge", stream: stream, action: .subscribe, at: up) }
        #expect(cloud.heartbeats(at: up).allSatisfy { $0.1.streams.isEmpty })

        let later = Dictionary(uniqueKeysWithValues: cloud.heartbeats(at: up + .seconds(1)))
        #expect(later["origin"]?.streams == [StreamReport(scope: "live", name: "a", role: .source, subscribers: 0)])
        #expect(later["origin"]?.metrics[Metric.publishers] == 1)
        #expect(later["edge"]?.streams == [StreamReport(scope: "live", name: "a", role: .edge, subscribers: 3)])
        #expect(later["edge"]?.metrics[Metric.subscribers] == 3)

        let end = cloud.heartbeats(at: up + .seconds(11))
        #expect(end.count == 2 && end.allSatisfy { $0.1.streams.isEmpty })
    }

    @Test("burns more CPU the more clients there are, between the two figures of the spec")
    func cpu() throws {
        var cloud = SimulatedCloud(spec: SimulatedSpec())
        _ = try cloud.create(request("n1"), at: start)
        let up = start + .seconds(2)
        var loads: [Double] = []
        for round in 0..<5 {
            for _ in 0..<60 {
                cloud.assigned("n1", stream: stream, action: .subscribe, at: up + .seconds(round))
            }
            loads += cloud.heartbeats(at: up + .seconds(round)).compactMap { $0.1.metrics["cpu.system.load"] }
        }
        #expect(loads.first == 0.05 && loads.last == 0.9)
        #expect(loads == loads.sorted())
    }

    @Test("obeys: evict drops the clients, stop ends the instance, drain and serve keep everything")
    func directives() throws {
        var cloud = SimulatedCloud(spec: SimulatedSpec())
        _ = try cloud.create(request("n1"), at: start)
        let up = start + .seconds(2)
        cloud.assigned("n1", stream: stream, action: .subscribe, at: up)
        cloud.advance(to: up + .seconds(1))
        cloud.obey("n1", .drain, at: up + .seconds(1))
        cloud.obey("n1", .serve, at: up + .seconds(1))
        #expect(cloud.clients(of: "n1") == 1)
        cloud.obey("n1", .evict, at: up + .seconds(1))
        #expect(cloud.clients(of: "n1") == 0)
        cloud.obey("n1", .stop, at: up + .seconds(1))
        #expect(cloud.heartbeats(at: up + .seconds(5)).isEmpty)
        #expect(cloud.living.isEmpty)
    }

    @Test("a killed instance is in no list and sends nothing, and its token makes no second one")
    func kill() throws {
        var cloud = SimulatedCloud(spec: SimulatedSpec())
        _ = try cloud.create(request("n1"), at: start)
        cloud.kill("n1", at: start + .seconds(3))
        let after = start + .seconds(4)
        #expect(cloud.heartbeats(at: after).isEmpty)
        #expect(try cloud.list(owner: "us", region: "lab", at: after) == Listing(instances: [], complete: true))
        #expect(try cloud.create(request("n1"), at: after).state == .gone)
    }

    @Test("a create whose answer is lost has happened, and says that this is unknown")
    func createLost() throws {
        var spec = SimulatedSpec()
        spec.failures.createLost = 1
        var cloud = SimulatedCloud(spec: spec)
        #expect(throws: ProviderFailure.unknown("simulated: the answer to the create of n1 was lost")) {
            try cloud.create(request("n1"), at: start)
        }
        #expect(try cloud.list(owner: "us", region: "lab", at: start).instances.map(\.tags.node) == ["n1"])
    }

    @Test("failing creates, lists and destroys change nothing; a partial list says so")
    func failures() throws {
        var cloud = SimulatedCloud(spec: SimulatedSpec())
        for index in 0..<40 { _ = try cloud.create(request("n\(index)"), at: start) }
        cloud.spec.failures.create = 1
        cloud.spec.failures.destroy = 1
        #expect(throws: ProviderFailure.self) { try cloud.create(request("new"), at: start) }
        #expect(throws: ProviderFailure.self) { try cloud.destroy(request("n1").reference, at: start) }
        #expect(cloud.living.count == 40)
        cloud.spec.failures.list = 1
        #expect(throws: ProviderFailure.self) { try cloud.list(owner: "us", region: "lab", at: start) }
        cloud.spec.failures.list = 0
        cloud.spec.failures.listPartial = 1
        let listing = try cloud.list(owner: "us", region: "lab", at: start)
        #expect(!listing.complete && listing.instances.count < 40)
    }

    @Test("nodes that never boot stay silent; nodes die at the rate of the spec")
    func fates() throws {
        var spec = SimulatedSpec()
        spec.failures.neverBoots = 0.5
        spec.failures.dies = 0.5
        var cloud = SimulatedCloud(spec: spec)
        for index in 0..<200 { _ = try cloud.create(request("n\(index)"), at: start) }
        let speaking = cloud.heartbeats(at: start + spec.boot).count
        #expect((60...140).contains(speaking))
        cloud.advance(to: start + spec.boot + .seconds(60))
        #expect((40...160).contains(cloud.living.count))
        cloud.advance(to: start + .seconds(3600))
        #expect(cloud.living.isEmpty)
    }

    @Test("the same calls give the same world, in whatever order they are made")
    func deterministic() throws {
        var spec = SimulatedSpec()
        spec.seed = 42
        spec.failures.create = 0.3
        spec.failures.createLost = 0.3
        spec.failures.dies = 0.3
        func world(_ order: [Int]) -> [InstanceTags] {
            var cloud = SimulatedCloud(spec: spec)
            for index in order { _ = try? cloud.create(request("n\(index)"), at: start) }
            cloud.advance(to: start + .seconds(120))
            return cloud.living
        }
        let forwards = world(Array(0..<100))
        #expect(forwards == world((0..<100).reversed()))
        #expect((10..<90).contains(forwards.count))
    }

    @Test("its instances outlive the process in a file, and a token stays that of its instance")
    func persistence() async throws {
        try await withLocalNodes { nodes in
            let spec = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
            func provider() throws -> any Provider {
                try makeProvider(spec, dataDirectory: nodes.root, time: RealTime())
            }
            let first = try provider()
            let made = try await first.create(request("n1"))
            _ = try await first.create(request("n2"))
            try await first.destroy(request("n2").reference)
            #expect(
                try await eventually {
                    try await provider().list(owner: "us", region: "lab").instances.map(\.tags.node) == ["n1"]
                })
            let again = try await provider().create(request("n1"))
            #expect(again.id == made.id && again.address == made.address)
            #expect(try await provider().create(request("n3")).address != made.address)

            // In a folder of its own: the providers above write theirs after they have answered.
            let broken = nodes.root + "/broken"
            try Files.makeDirectory(broken + "/simulated")
            try Files.replace(broken + "/simulated/lab.json", with: Data("{".utf8))
            #expect(throws: ProviderUnavailable.self) {
                try makeProvider(spec, dataDirectory: broken, time: RealTime())
            }
        }
    }
}

extension NodeID: ExpressibleByStringLiteral {
    /// For literals in tests: `"n1"`.
    public init(stringLiteral value: String) { self.init(value) }
}
