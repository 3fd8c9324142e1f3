import Reconciler

/// What one seed draws: a cluster, the faults of its world, and what operators do to it.
struct Scenario: Sendable {
    var spec: Spec
    var failures: SimulatedSpec.Failures
    /// Per round.
    var crash: Double
    var storeFailure: Double
    /// Per provider call.
    var slowness: Double
    /// Per second: a node's power is cut; a node falls silent for a while.
    var kill: Double
    var silence: Double
    /// Per round.
    var specChange: Double
    /// Per round: a cordon or its end, an approval of what is held.
    var command: Double
    var clientsPerSecond: Int
    /// The provider's lists show what is not asked for too.
    var sloppyLists: Bool
    /// Clients that are told to go stay until their node ends.
    var stubbornClients: Bool
    /// Per second: a region has no capacity for a while.
    var shortage: Double

    static let regions = ["us", "eu"]
    static let faultTimeout: Duration = .seconds(20)
    static let evictTimeout: Duration = .seconds(5)

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        /// Most runs have most faults switched off, so that rare combinations come about cleanly (FoundationDB's "buggify").
        func rate(_ most: Double) -> Double {
            random.chance(0.4) ? most * Double(random.next() >> 11) * 0x1p-53 : 0
        }
        spec = Self.spec(&random)
        failures = SimulatedSpec.Failures()
        failures.create = rate(0.5)
        failures.createLost = rate(0.5)
        failures.list = rate(0.4)
        failures.listPartial = rate(0.4)
        failures.destroy = rate(0.5)
        failures.neverBoots = rate(0.3)
        crash = rate(0.2)
        storeFailure = rate(0.3)
        slowness = rate(0.5)
        kill = rate(0.1)
        silence = rate(0.1)
        specChange = rate(0.1)
        clientsPerSecond = Int(random.next() % 4)
        command = rate(0.2)
        sloppyLists = random.chance(0.3)
        stubbornClients = random.chance(0.3)
        shortage = rate(0.2)
        Self.care(for: &spec.groups[0], &random)
        // By the seed itself: what the others draw stays as it is.
        if seed % 4 == 0 {
            for index in spec.groups[0].roles.indices where spec.groups[0].roles[index].parent != nil {
                spec.groups[0].roles[index].parents = .perParent
            }
        }
    }

    /// How carefully the group's nodes are changed and repaired.
    private static func care(for group: inout NodeGroupSpec, _ random: inout SeededRandom) {
        if random.chance(0.5) { group.failover = regions }
        for index in group.roles.indices {
            var role = group.roles[index]
            role.update.rollback = random.chance(0.3)
            role.health.flapping = FlappingSpec()
            role.health.flapping.faults = Int(random.next() % 4)
            switch random.next() % 4 {
            case 0: role.health.maxUnhealthy = .most(.percent(40))
            case 1: role.health.maxUnhealthy = .range(1...2)
            default: break
            }
            if random.chance(0.3) { role.health.registerTimeout = .seconds(20) }
            if random.chance(0.5) {
                role.disruption = [BudgetSpec(nodes: random.chance(0.5) ? .count(1) : .percent(34))]
                // A minute of every three in which nothing may be disrupted.
                if random.chance(0.5), let cron = try? CronExpression(text: "*/3 * * * *") {
                    var closed = BudgetSpec(nodes: .count(0))
                    closed.window = ScheduleWindow(cron: cron, timezone: "UTC", duration: .seconds(60))
                    role.disruption.append(closed)
                }
            }
            group.roles[index] = role
        }
    }

    private static func spec(_ random: inout SeededRandom) -> Spec {
        var group = NodeGroupSpec(name: "live", provider: "sim")
        group.image = "image-1"
        for name in regions.prefix(1 + Int(random.next() % 2)) { group.regions.append(RegionSpec(name: name)) }
        var origin = RoleSpec(name: "origin")
        origin.capabilities = [.publish]
        origin.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        origin.capacity = [Metric.publishers: 5]
        origin.min = 1 + Int(random.next() % 2)
        origin.max = origin.min + Int(random.next() % 3)
        var edge = RoleSpec(name: "edge")
        edge.capabilities = [.subscribe]
        edge.parent = "origin"
        edge.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        edge.capacity = [Metric.subscribers: 10]
        edge.min = 1 + Int(random.next() % 3)
        edge.max = edge.min + Int(random.next() % 4)
        for role in [origin, edge] {
            var role = role
            role.health.startTimeout = .seconds(40)
            role.health.faultTimeout = faultTimeout
            role.drain.timeout = .seconds(30)
            role.drain.evictTimeout = evictTimeout
            role.update.maxSurge = .count(Int(random.next() % 2))
            role.update.maxUnavailable = role.update.maxSurge == .count(0) ? .count(1) : .count(0)
            if random.chance(0.5) { role.scaling = scaling(of: role, &random) }
            group.roles.append(role)
        }
        var spec = Spec()
        spec.manager.approvalShare = 50
        spec.providers = ["sim": ProviderSpec(name: "sim", settings: .simulated(SimulatedSpec()))]
        spec.groups = [group]
        return spec
    }

    /// Rules on what the simulated nodes report, with short windows.
    private static func scaling(of role: RoleSpec, _ random: inout SeededRandom) -> ScalingSpec {
        var scaling = ScalingSpec()
        let metric = role.capabilities == [.publish] ? Metric.publishers : Metric.subscribers
        switch random.next() % 4 {
        case 0: scaling.rules = [.target(metric: metric, .utilization(60))]
        case 1: scaling.rules = [.watermarks(metric: metric, high: .utilization(70), low: .utilization(20))]
        case 2:
            let out = try? Expression(text: "avg(\(metric)) > 4")
            let back = try? Expression(text: "max(\(metric)) < 2")
            scaling.rules = [.expression(scaleOut: out, scaleIn: back, step: 1)]
        default: scaling.buffer = .slots([metric: 6])
        }
        if random.chance(0.3), !scaling.rules.isEmpty { scaling.buffer = .nodes(.count(1)) }
        scaling.warmup = .seconds(Int(random.next() % 6))
        scaling.scaleIn.stabilization = .seconds(Int(random.next() % 60))
        return scaling
    }

    /// An operator edits the file.
    static func edit(_ spec: Spec, _ random: inout SeededRandom) -> Spec {
        var spec = spec
        let role = Int(random.next() % 2)
        switch random.next() % 6 {
        case 0: spec.groups[0].image = "image-\(random.next() % 3)"
        case 1: spec.groups[0].roles[role].min = min(spec.groups[0].roles[role].min + 1, spec.groups[0].roles[role].max)
        case 2: spec.groups[0].roles[role].min = max(spec.groups[0].roles[role].min - 1, 0)
        case 3: spec.groups[0].roles[role].min = spec.groups[0].roles[role].max
        case 4: for index in spec.groups[0].roles.indices { spec.groups[0].roles[index].min = 0 }
        default:
            if spec.groups[0].regions.count > 1 {
                spec.groups[0].regions.removeLast()
            } else {
                spec.groups[0].regions = regions.map { RegionSpec(name: $0) }
            }
        }
        return spec
    }
}
