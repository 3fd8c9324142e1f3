import Testing

@testable import Reconciler

/// A view that takes over what did not change says what one made from nothing says.
@Suite struct NextViewTests {
    private let loads = LoadRegistry()

    private func build(_ spec: Spec, _ fleet: Fleet, after before: RoutingView = .empty) -> RoutingView {
        RoutingView.build(
            spec: spec, fleet: fleet, now: noon, heartbeatInterval: .seconds(1), loads: loads, before: before)
    }

    private static func words(_ list: [Candidate]) -> String {
        list.map { "\($0.node)@\($0.address):\($0.endpoint.port)<\($0.limit)" }.joined(separator: " ")
    }

    private static func words(_ candidates: Candidates) -> [String] {
        [candidates.publish, candidates.subscribe, candidates.transcode].flatMap { lists in
            [words(lists.all.candidates)]
                + lists.byProtocol.sorted { $0.key < $1.key }.map { "\($0.key) \(words($0.value.candidates))" }
        }
    }

    /// All that a view says, in words that can be compared.
    private static func words(_ view: RoutingView) -> [String] {
        var lines: [String] = []
        for group in view.groups {
            lines += words(group.everywhere) + ["\(group.name) \(group.atLimit.map(\.rawValue).sorted())"]
            for region in group.regions { lines += ["\(region.name)"] + words(region.candidates) }
        }
        for (id, entry) in view.nodes.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "\(id) \(entry.pool) \(entry.state) \(entry.isServing) \(entry.takesClients) \(entry.directive) "
                    + "\(entry.parents) \(entry.address ?? "-") \(entry.endpoints.map(\.port)) "
                    + words([entry.publish, entry.subscribe].compactMap { $0 }))
        }
        return lines
    }

    @Test(arguments: 0..<40) func `after any change`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var spec = Sample.spec(Sample.edge(), Sample.origin(), regions: ["us", "eu"])
        var fleet = Sample.fleet([])
        var view = build(spec, fleet)
        for step in 0..<60 {
            change(&fleet, step, &random)
            if random.next() % 12 == 0 { change(&spec, &random) }
            let next = build(spec, fleet, after: view)
            #expect(Self.words(next) == Self.words(build(spec, fleet)), "seed \(seed), step \(step)")
            #expect(Set(next.gone) == Set(view.nodes.keys).subtracting(next.nodes.keys))
            view = next
        }
    }

    private func change(_ fleet: inout Fleet, _ step: Int, _ random: inout SeededRandom) {
        let ids = fleet.nodes.keys.sorted()
        guard random.next() % 3 > 0, let id = ids.randomElement(using: &random) else {
            let pool = PoolKey(
                group: "live", region: random.next() % 2 == 0 ? "us" : "eu",
                role: random.next() % 3 == 0 ? "origin" : "edge")
            fleet.insert(Sample.node("n\(step)", in: pool))
            return
        }
        let kind = random.next() % 8
        if kind == 0 {
            fleet.remove(id)
            return
        }
        fleet.update(id) { node in
            switch kind {
            case 1: node.state = .draining
            case 2: node.state = .inService
            case 3: node.state = .terminated
            case 4: node.cordoned.toggle()
            case 5: node.address = "203.0.113.\(step)"
            case 6: node.endpoints = [Endpoint(protocol: "wss", port: 1000 + step)]
            default: node.metrics = ["load": Double(step % 10)]
            }
        }
    }

    private func change(_ spec: inout Spec, _ random: inout SeededRandom) {
        switch random.next() % 5 {
        case 0: spec.groups[0].roles[0].capacity = [Metric.subscribers: Double(random.next() % 50)]
        case 1: spec.groups[0].regions.reverse()
        case 2: spec.groups[0].roles.reverse()
        case 3: spec.groups[0].roles[0].endpoints.append(Endpoint(protocol: "srt", port: Int(random.next() % 9000)))
        default: spec.groups[0].roles[1].capabilities.formSymmetricDifference([.subscribe])
        }
    }

    @Test func `keeps its entries and regions while nothing changes`() {
        let spec = Sample.spec(Sample.edge(), Sample.origin())
        let nodes = [Sample.node("e1"), Sample.node("o1", in: Sample.origins)]
        let first = build(spec, Sample.fleet(nodes))
        let heard = nodes.map { node in
            var node = node
            node.metrics = [Metric.subscribers: 9]
            return node
        }
        let second = build(spec, Sample.fleet(heard), after: first)
        #expect(first.nodes.allSatisfy { second.nodes[$0.key] === $0.value })
        #expect(zip(first.groups[0].regions, second.groups[0].regions).allSatisfy { $0.candidates === $1.candidates })
        let third = build(spec, Sample.fleet([heard[0]]), after: second)
        #expect(third.gone == ["o1"] && third.nodes["e1"] !== second.nodes["e1"], "its parent is gone")
    }

    @Test func `what one node reports rebuilds no list, also where its role ranks its nodes`() throws {
        let ranking = try Expression(text: "cpu.system.load", form: .capacity)
        let spec = Sample.spec(
            Sample.edge { $0.capacityRanking = ranking }, Sample.origin(), regions: ["us", "eu"])
        func nodes(_ load: Double) -> [Node] {
            ["us", "eu"].flatMap { region in
                (0..<3).map { index in
                    Sample.node("\(region)\(index)", in: PoolKey(group: "live", region: region, role: "edge"), of: spec)
                    {
                        $0.metrics = ["cpu.system.load": index == 1 ? load : 0.2, Metric.subscribers: load * 10]
                    }
                }
            }
        }
        let first = build(spec, Sample.fleet(nodes(0.5)))
        let second = build(spec, Sample.fleet(nodes(0.9)), after: first)
        for (old, new) in zip(first.groups[0].regions, second.groups[0].regions) {
            #expect(old.candidates === new.candidates)
        }
        #expect(first.groups[0].everywhere === second.groups[0].everywhere)
        for (id, entry) in second.nodes { #expect(first.nodes[id] === entry) }
        #expect(second.nodes["us1"]?.subscribe?.ranking?.value == 0.9)
        // And those of one region only, when one of its nodes leaves.
        var fleet = Sample.fleet(nodes(0.9))
        fleet.update("eu2") { $0.state = .draining }
        let third = build(spec, fleet, after: second)
        #expect(third.groups[0].regions[0].candidates === second.groups[0].regions[0].candidates)
        #expect(third.groups[0].regions[1].candidates !== second.groups[0].regions[1].candidates)
    }
}
