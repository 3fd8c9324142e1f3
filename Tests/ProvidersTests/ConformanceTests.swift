import Reconciler
import Testing

@testable import Providers

/// The cases themselves: each passes on a provider without a fault, and fails on one with the fault that it is for.
@Suite("A conformance case")
struct ConformanceTests {
    @Test("passes on a provider without a fault", arguments: ConformanceCase.all)
    func sound(_ proven: ConformanceCase) async throws {
        let cloud = FaultyCloud()
        var setup = ConformanceSetup.fresh()
        setup.witness = { cloud.bystanders }
        let report = try await Conformance.run([proven], of: cloud, setup: setup)
        #expect(report.results.map(\.verdict) == [.pass])
        #expect(report.isPassed && report.leftovers == [] && cloud.living == [])
    }

    @Test("fails on a provider with its fault", arguments: FaultyCloud.Fault.allCases)
    func faulty(_ fault: FaultyCloud.Fault) async throws {
        let cloud = FaultyCloud(fault)
        defer { cloud.release() }
        let proven = try #require(ConformanceCase.all.first { $0.name == fault.rawValue })
        var setup = ConformanceSetup.fresh(timeout: .milliseconds(300))
        setup.witness = { cloud.bystanders }
        var limits = CallLimits()
        if fault == .hangs { limits.timeout = .milliseconds(100) }
        let report = try await Conformance.run([proven], of: cloud, setup: setup, limits: limits)
        let result = try #require(report.results.first)
        guard case .fail(let words) = result.verdict else {
            Issue.record("\(proven.name) did not fail: \(result.verdict)")
            return
        }
        #expect(!words.isEmpty && !report.isPassed)
    }

    @Test("has a fault that it finds")
    func everyCaseCanFail() {
        #expect(Set(ConformanceCase.all.map(\.name)) == Set(FaultyCloud.Fault.allCases.map(\.rawValue)))
        #expect(ConformanceCase.all.allSatisfy { !$0.proves.isEmpty && !$0.contract.isEmpty })
    }

    @Test("makes no more instances than it says", arguments: ConformanceCase.all)
    func counts(_ proven: ConformanceCase) async throws {
        let cloud = CountingCloud()
        var setup = ConformanceSetup.fresh()
        setup.instances = 5
        _ = try await Conformance.run([proven], of: cloud, setup: setup)
        #expect(cloud.created <= proven.instances(5))
    }

    @Test("does as the control loop would: what may be tried again is, with the same token")
    func setbacks() async throws {
        let cloud = SetbackCloud()
        let report = try await Conformance.run(ConformanceCase.all, of: cloud, setup: .fresh())
        for result in report.results {
            if case .fail(let words) = result.verdict { Issue.record("\(result.proven.name): \(words)") }
        }
        #expect(report.isPassed && cloud.living == [])
        #expect(report.results.contains { $0.setbacks.contains("tried again") })
    }
}

/// How a run ends.
@Suite("A conformance run")
struct ConformanceEndTests {
    @Test("names what it could not clear up, with its id")
    func leftovers() async throws {
        let cloud = FaultyCloud(.keepsTheDestroyed)
        let setup = ConformanceSetup.fresh(timeout: .milliseconds(200))
        let report = try await Conformance.run([.exactTags], of: cloud, setup: setup)
        #expect(report.leftovers.map(\.id) == ["i-1"])
        #expect(report.leftovers.first?.tags.owner == setup.owner)
        #expect(!report.isPassed)
    }

    @Test("says of what was never listed that nobody knows whether it is gone")
    func unseen() async throws {
        let report = try await Conformance.run(
            [.exactTags], of: BlindCloud(), setup: .fresh(timeout: .milliseconds(200)))
        #expect(report.leftovers.map(\.id) == ["i-1"] && !report.isPassed)
        #expect(report.leftovers.first?.reason.contains("never listed") == true)
    }

    @Test(
        "clears up also when it is called off, and says that it was", arguments: [ConformanceCase.paging, .manyAtOnce])
    func calledOff(_ proven: ConformanceCase) async throws {
        let cloud = CountingCloud()
        var setup = ConformanceSetup.fresh()
        setup.instances = 50
        let run = Task { [setup] in try await Conformance.run([proven, .destroy], of: cloud, setup: setup) }
        #expect(await eventually { cloud.created > 2 })
        run.cancel()
        let report = try await run.value
        #expect(report.wasInterrupted && !report.isPassed && report.leftovers == [])
        #expect(cloud.living.isEmpty)
    }

    @Test("touches nothing that it did not ask for, whatever owner the provider says it has")
    func strays() async throws {
        let cloud = StampingCloud()
        let report = try await Conformance.run(
            [.emptyList, .exactTags], of: cloud, setup: .fresh(timeout: .milliseconds(200)))
        #expect(cloud.destroyed.current.contains("i-production") == false)
        #expect(!report.isPassed)
        #expect(report.leftovers.map(\.id) == ["i-production"])
        #expect(report.leftovers.first?.reason.hasSuffix("it was not touched") == true)
    }

    @Test("ends before anything is made when its witness has nothing to say")
    func silentWitness() async throws {
        let cloud = CountingCloud()
        var setup = ConformanceSetup.fresh()
        setup.witness = { () async throws(ConformanceSetup.WitnessFailure) -> String in throw .init("no credentials") }
        do throws(ConformanceSetup.WitnessFailure) {
            _ = try await Conformance.run([.exactTags, .bystanders], of: cloud, setup: setup)
            Issue.record("it went on")
        } catch {
            #expect(error.message == "no credentials")
        }
        #expect(cloud.created == 0)
    }

    @Test("counts instances: two of one token are two, and one that only a list showed is one")
    func made() async throws {
        let doubling = try await Conformance.run(
            [.sameToken], of: FaultyCloud(.forgetsTokens), setup: .fresh(timeout: .milliseconds(200)))
        #expect(doubling.made == 2)
        let silent = try await Conformance.run(
            [.exactTags], of: SilentCloud(), setup: .fresh(timeout: .milliseconds(200)))
        #expect(silent.made == 1 && !silent.isPassed)
    }

    @Test("waits for a whole list of a provider that says that half of one is no whole")
    func halfLists() async throws {
        let cases: [ConformanceCase] = [.exactTags, .paging, .listWhileCreating, .destroy]
        var setup = ConformanceSetup.fresh(timeout: .seconds(20))
        setup.instances = 6
        let honest = try await Conformance.run(cases, of: HalfListCloud(isHonest: true), setup: setup)
        #expect(honest.isPassed, "\(honest.results.map(\.verdict))")
        #expect(honest.results.contains { $0.setbacks.contains("was cut short: page 2: it broke") })
        setup.timeout = .milliseconds(500)
        let liar = try await Conformance.run(cases, of: HalfListCloud(isHonest: false), setup: setup)
        let failed = liar.results.filter { if case .fail = $0.verdict { true } else { false } }.map(\.proven.name)
        #expect(failed.contains("paging"), "\(failed)")
    }

    @Test("waits for a whole list of commands whose second page fails every other time")
    func halfPages() async throws {
        try await ShellScripts.with { scripts in
            _ = try scripts.overFiles()
            try scripts.write(
                "broken",
                """
                #!/bin/sh
                request=$(cat)
                case $request in *'"cursor"'*)
                    if mkdir odd 2>/dev/null; then echo "the cloud broke" >&2; exit 1; fi
                    rmdir odd ;;
                esac
                printf '%s' "$request" | ./files list
                """)
            let provider = scripts.provider {
                $0.list = ["./broken"]
                $0.create = ["./files", "create"]
                $0.destroy = ["./files", "destroy"]
            }
            var setup = ConformanceSetup.fresh(timeout: .seconds(60))
            // Two pages.
            setup.instances = 4
            let report = try await Conformance.run([.paging, .destroy], of: provider, setup: setup)
            #expect(report.isPassed, "\(report.results.map(\.verdict))")
            #expect(report.results.first?.setbacks.contains("was cut short") == true)
        }
    }

    @Test(
        "takes an address that a client could be sent to, and none that is nonsense",
        arguments: [
            ("203.0.113.7", nil), ("2001:db8::7", nil), ("::1", nil), ("edge-1.example.org", nil), ("localhost", nil),
            ("ip_1.internal", nil), ("xn--bcher-kva.example", nil), ("123.example", nil),
            ("null", "word for nothing"), ("None", "word for nothing"), ("-", "word for nothing"),
            ("0.0.0.0", "no host"), ("::", "no host"), ("http://203.0.113.7", "URL"), ("[2001:db8::7]", "brackets"),
            ("203.0.113.7/32", "network"), ("203.0.113.7:1935", "port"), ("edge.example.org:443", "port"),
            ("203.0.113.256", "neither"), ("203.0.113", "neither"), ("10.0.0.1,10.0.0.2", "neither"),
            ("a b", "neither"),
            ("edge..example", "neither"), ("-edge.example", "neither"), ("edge.example\n", "neither"),
            ("caf\u{e9}.example", "neither"),
        ] as [(String, String?)])
    func addresses(_ address: String, _ words: String?) {
        let problem = AddressWords.problem(of: address)
        #expect((problem == nil) == (words == nil), "\(problem ?? "nothing")")
        if let words { #expect(problem?.contains(words) == true, "\(problem ?? "nothing")") }
    }

    @Test("is not passed when nothing could be tried")
    func nothingTried() async throws {
        let report = try await Conformance.run([.bystanders], of: FaultyCloud(), setup: .fresh())
        #expect(!report.isPassed && report.leftovers == [])
    }
}

/// A cloud where each third try of the same call is the good one, and none before.
private final class SetbackCloud: Provider {
    private let cloud = SimulatedProvider(spec: SimulatedSpec(), time: RealTime())
    private let tries = Locked<[String: Int]>([:])

    var living: [InstanceTags] { cloud.living }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let turn = turn(of: "list|\(owner)|\(region)")
        if turn == 0 { throw .retryable("setback: the list failed") }
        let whole = try await cloud.list(owner: owner, region: region)
        guard turn == 1 else { return whole }
        return Listing(instances: Array(whole.instances.prefix(whole.instances.count / 2)), complete: false)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let turn = turn(of: "create|\(request.token)")
        if turn == 0 { throw .retryable("setback: the create was refused") }
        let made = try await cloud.create(request)
        if turn == 1 { throw .unknown("setback: the answer to the create was lost") }
        return made
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let turn = turn(of: "destroy|\(instance.tags.node)")
        if turn == 0 { throw .retryable("setback: the destroy failed") }
        try await cloud.destroy(instance)
        if turn == 1 { throw .unknown("setback: the answer to the destroy was lost") }
    }

    /// 0, 1, 2, and from 0 again.
    private func turn(of call: String) -> Int {
        tries.with { tries in
            defer { tries[call, default: 0] += 1 }
            return tries[call, default: 0] % 3
        }
    }
}

/// A simulated cloud that counts the nodes it was asked for, and takes a moment for each.
final class CountingCloud: Provider {
    private let cloud = SimulatedProvider(spec: SimulatedSpec(), time: RealTime())
    private let nodes = Locked<Set<NodeID>>([])

    var created: Int { nodes.current.count }
    var living: [InstanceTags] { cloud.living }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        try await cloud.list(owner: owner, region: region)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        nodes.with { _ = $0.insert(request.tags.node) }
        try? await Task.sleep(for: .milliseconds(10))
        return try await cloud.create(request)
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        try await cloud.destroy(instance)
    }
}

/// A cloud that makes what it is asked for, and whose answers to that never come.
private struct SilentCloud: Provider {
    private let cloud = SimulatedProvider(spec: SimulatedSpec(), time: RealTime())

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        try await cloud.list(owner: owner, region: region)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        _ = try await cloud.create(request)
        throw .unknown("no answer came")
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) { try await cloud.destroy(instance) }
}

/// A cloud whose every second list fails in the middle. It says so, or it does not.
private struct HalfListCloud: Provider {
    let isHonest: Bool
    private let cloud = SimulatedProvider(spec: SimulatedSpec(), time: RealTime())
    private let lists = Locked(0)

    init(isHonest: Bool) { self.isHonest = isHonest }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let whole = try await cloud.list(owner: owner, region: region)
        let isHalf = lists.with { lists in
            lists += 1
            return lists.isMultiple(of: 2)
        }
        guard isHalf else { return whole }
        let half = Array(whole.instances.prefix(whole.instances.count / 2))
        return Listing(
            instances: half, complete: !isHonest, shortfall: isHonest ? "page 2: it broke" : nil)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance { try await cloud.create(request) }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) { try await cloud.destroy(instance) }
}

/// A cloud that makes instances and lists none.
private struct BlindCloud: Provider {
    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        Listing(instances: [], complete: true)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        Instance(id: "i-1", tags: request.tags, token: request.token, revision: request.revision, state: .running)
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {}
}

/// A cloud with a machine of somebody else's, that says of every machine what it is asked about, and destroys by the id alone.
private final class StampingCloud: Provider {
    private let made = Locked<[String: Instance]>([:])
    let destroyed = Locked<Set<String>>([])

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let tags = InstanceTags(owner: owner, group: "live", region: region, role: "edge", node: "live-edge-1")
        let other = Instance(id: "i-production", tags: tags, token: "theirs", revision: "r", state: .running)
        return Listing(instances: made.current.values + [other], complete: true)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let instance = Instance(
            id: "i-\(request.token)", tags: request.tags, token: request.token, revision: request.revision,
            state: .running, address: "192.0.2.1")
        made.with { $0[instance.id] = instance }
        return instance
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        guard let id = instance.id else { return }
        made.with { $0[id] = nil }
        destroyed.with { _ = $0.insert(id) }
    }
}
