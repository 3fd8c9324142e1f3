import Testing

@testable import Reconciler

/// Which probes are due when.
@Suite struct ProbeScheduleTests {
    private func role(_ probes: [ProbeSpec]) -> RoleSpec { Sample.edge { $0.health.probes = probes } }

    private func schedule(_ nodes: [Node], _ probes: [ProbeSpec]) -> ProbeSchedule {
        ProbeSchedule(roles: [Sample.edges: role(probes)], fleet: Sample.fleet(nodes))
    }

    private let tcp = ProbeSpec(check: .tcp(.endpoint(nil)))

    /// When the only probe is next due.
    private func next(_ schedule: ProbeSchedule, after started: Timestamp? = nil, at now: Timestamp) -> Timestamp? {
        let key = ProbeKey(node: "a", index: 0)
        let agenda = schedule.agenda(at: now, started: started.map { [key: $0] } ?? [:], underWay: [:])
        return agenda.due.isEmpty ? agenda.next : now
    }

    @Test(arguments: NodeState.allCases) func `nodes are probed while their instance may answer`(_ state: NodeState) {
        let probed: Set<NodeState> = [.created, .started, .inService, .draining, .evicting, .fault]
        let agenda = schedule([Sample.node("a", state)], [tcp]).agenda(at: noon, started: [:], underWay: [:])
        #expect(agenda.due.count == (probed.contains(state) ? 1 : 0))
        #expect(agenda.next == nil)
    }

    @Test func `nothing is due without an address, without a role and without probes`() {
        let node = Sample.node("a")
        #expect(
            schedule([Sample.node("a") { $0.address = nil }], [tcp]).agenda(at: noon, started: [:], underWay: [:])
                == .init())
        #expect(schedule([node], []).agenda(at: noon, started: [:], underWay: [:]) == .init())
        let other = ProbeSchedule(roles: [Sample.origins: role([tcp])], fleet: Sample.fleet([node]))
        #expect(other.agenda(at: noon, started: [:], underWay: [:]) == .init())
    }

    @Test(arguments: [
        (ProbeSpec.Check.tcp(.endpoint(nil)), [] as [Endpoint], 1935 as Int?),
        (.tcp(.endpoint(nil)), [Endpoint(protocol: "http", port: 8080), Endpoint(protocol: "rtmp", port: 1)], 8080),
        (.http(.endpoint("rtmp"), path: "/"), [], 1935),
        (
            .http(.endpoint("rtmp"), path: "/"),
            [Endpoint(protocol: "x", port: 2), Endpoint(protocol: "rtmp", port: 3)], 3
        ),
        (.tcp(.number(9)), [], 9), (.command(["x"]), [], 1935), (.tcp(.endpoint("srt")), [], nil),
    ]) func `a probe goes to the node's own port`(_ check: ProbeSpec.Check, _ own: [Endpoint], _ port: Int?) {
        let node = Sample.node("a") { $0.endpoints = own }
        let due = schedule([node], [ProbeSpec(check: check)]).agenda(at: noon, started: [:], underWay: [:]).due
        let call = ProbeCall(node: "a", check: check, address: "203.0.113.7", port: port, timeout: .seconds(2))
        #expect(due.map(\.call) == (port == nil ? [] : [call]))
    }

    @Test func `a new node is first probed within one interval`() throws {
        let created = noon - .seconds(1)
        let schedule = schedule([Sample.node("a", .created) { $0.createdAt = created }], [tcp])
        let first = try #require(next(schedule, at: created))
        #expect(first > created && first <= created + .seconds(5))
        #expect(schedule.agenda(at: first, started: [:], underWay: [:]).due.count == 1)
    }

    @Test func `a probe keeps its beat, whenever it began`() throws {
        let schedule = schedule([Sample.node("a")], [tcp])
        let beat = try #require(next(schedule, after: noon, at: noon))
        for late in [0, 1, 50, 2400] as [Int64] {
            let started = beat + .milliseconds(late)
            #expect(next(schedule, after: started, at: started) == beat + .seconds(5))
        }
        // More than half an interval late: the next beat would be too soon.
        let started = beat + .milliseconds(2600)
        #expect(next(schedule, after: started, at: started) == beat + .seconds(10))
    }

    @Test func `a clock that was set back puts nothing off by more than an interval and a half`() throws {
        let schedule = schedule([Sample.node("a")], [tcp])
        let due = try #require(next(schedule, after: noon + .seconds(86_400), at: noon))
        #expect(due > noon && due <= noon + .milliseconds(7500))
        let unborn = self.schedule([Sample.node("a") { $0.createdAt = noon + .seconds(86_400) }], [tcp])
        #expect(try #require(next(unborn, at: noon)) <= noon + .seconds(5))
    }

    @Test func `the probes of many nodes are spread over the interval, the same each time`() {
        let nodes = (0..<1000).map { Sample.node("live-edge-\($0)") { $0.createdAt = noon } }
        var started: [ProbeKey: Timestamp] = [:]
        let schedule = schedule(nodes, [tcp, ProbeSpec(check: .tcp(.number(80)))])
        var counts: [Int] = []
        for step in 1...20 {
            let now = noon + .milliseconds(Int64(step) * 250)
            var count = 0
            while true {
                let agenda = schedule.agenda(at: now, started: started, underWay: [:])
                for target in agenda.due { started[target.key] = now }
                count += agenda.due.count
                if !agenda.isHeldBack { break }
            }
            counts.append(count)
        }
        #expect(counts.reduce(0, +) == 2000)
        // 100 on average.
        #expect(counts.allSatisfy { (50...150).contains($0) })
        let again = self.schedule(nodes.reversed(), [tcp])
        #expect(next(again, at: noon) == next(self.schedule(nodes, [tcp]), at: noon))
    }

    @Test func `no more are begun than their lane has room for, the longest due first`() {
        let nodes = (0..<300).map { Sample.node("n\($0)") }
        let command = ProbeSpec(check: .command(["x"]))
        let schedule = schedule(nodes, [tcp, command])
        let agenda = schedule.agenda(at: noon, started: [:], underWay: [:])
        #expect(agenda.due.count { $0.spec.check.lane == .network } == 128)
        #expect(agenda.due.count { $0.spec.check.lane == .command } == 16)
        #expect(agenda.isHeldBack)
        // Under way are those of nodes that may be gone by now, too.
        var underWay = Dictionary(uniqueKeysWithValues: agenda.due.map { ($0.key, $0.spec.check.lane) })
        #expect(schedule.agenda(at: noon, started: [:], underWay: underWay).due == [])
        underWay[agenda.due.first { $0.spec.check.lane == .network }?.key ?? ProbeKey(node: "", index: 0)] = nil
        underWay[ProbeKey(node: "gone", index: 0)] = .command
        let more = schedule.agenda(at: noon, started: [:], underWay: underWay)
        #expect(more.due.map(\.spec.check.lane) == [.network])

        let oldest = NodeID("n250")
        let started = Dictionary(
            uniqueKeysWithValues: nodes.map {
                (ProbeKey(node: $0.id, index: 0), $0.id == oldest ? noon - .seconds(60) : noon - .seconds(20))
            })
        let first = self.schedule(nodes, [tcp]).agenda(at: noon, started: started, underWay: [:])
        #expect(first.due.first?.key.node == oldest)
    }

    @Test func `a probe under way is not begun again`() throws {
        let key = ProbeKey(node: "a", index: 0)
        let agenda = schedule([Sample.node("a")], [tcp, tcp]).agenda(at: noon, started: [:], underWay: [key: .network])
        #expect(agenda.due.map(\.key) == [ProbeKey(node: "a", index: 1)])
    }

    @Test(
        arguments: [
            (nil, ProbeStanding.undecided), (ProbeRecord(failures: 0, successes: 1, at: noon), .undecided),
            (ProbeRecord(failures: 0, successes: 2, at: noon), .well),
            (ProbeRecord(failures: 0, successes: 9, at: noon), .well),
            (ProbeRecord(failures: 1, successes: 0, at: noon), .undecided),
            (ProbeRecord(failures: 2, successes: 0, at: noon), .suspect),
            (ProbeRecord(failures: 4, successes: 0, at: noon), .fault),
        ] as [(ProbeRecord?, ProbeStanding)])
    func `results in a row have a standing`(_ record: ProbeRecord?, _ standing: ProbeStanding) {
        var spec = tcp
        (spec.suspectThreshold, spec.faultThreshold, spec.successThreshold) = (2, 4, 2)
        #expect(spec.standing(record) == standing)
    }
}
