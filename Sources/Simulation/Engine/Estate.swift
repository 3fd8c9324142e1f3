internal import Providers
internal import Reconciler

/// The simulated clouds that stand for the providers of a spec, and every machine in them.
struct Estate {
    /// A machine from its first sight to the end of the simulation; its place in ``Estate/machines`` never changes.
    struct Machine {
        let id: NodeID
        let pool: Int
        let cloud: Int
        var isUp = false
        var viewers = 0
        /// Streams that are published to it.
        var sources: [StreamReport] = []
        var sequence = 0
        /// What it last reported, and of how many clients: most reports are as the one before.
        var metrics: [String: Double] = [:]
        var reported = (viewers: -1, publishers: -1)
    }

    /// Machines that cost more than a process to start take this long where the spec does not say: ec2, shell, terraform.
    static let machineBoot: Duration = .seconds(90)

    private let clouds: [SimulatedProvider]
    private let loads: [SimulatedSpec.Load]
    private let names: [String]
    private let roles: [RoleSpec]
    private let poolIndex: [PoolKey: Int]
    private(set) var machines: [Machine] = []
    private var byNode: [NodeID: Int] = [:]
    /// Those whose agents speak, in the order of the clouds, then regions, then ids.
    private(set) var up: [Int] = []
    private var members: [[SimulatedStanding]]
    /// Machines that are not gone, by pool.
    private(set) var billed: [Int]

    init(spec: Spec, pools: [PoolKey], boot: Duration?, seed: UInt64, time: any TimeSource) {
        names = spec.providers.keys.sorted()
        let settings = names.map { Self.settings(of: spec.providers[$0], boot: boot, seed: seed) }
        clouds = settings.map { SimulatedProvider(spec: $0, time: time) }
        loads = settings.map(\.load)
        members = settings.map { _ in [] }
        let effective = spec.effectiveRoles()
        roles = pools.map { effective[$0] ?? RoleSpec(name: $0.role) }
        poolIndex = Dictionary(pools.enumerated().map { ($1, $0) }) { first, _ in first }
        billed = pools.map { _ in 0 }
    }

    /// A provider's own settings where it is simulated already, else the defaults.
    static func settings(of provider: ProviderSpec?, boot: Duration?, seed: UInt64) -> SimulatedSpec {
        var result = SimulatedSpec()
        switch provider?.settings {
        case .simulated(let own): result = own
        case .ec2, .shell, .terraform: result.boot = machineBoot
        case .process, nil: break
        }
        if let boot { result.boot = boot }
        result.seed = result.seed &* 0x9e37_79b9_7f4a_7c15 &+ seed
        return result
    }

    var providers: ProviderSet {
        ProviderSet(Dictionary(zip(names, clouds)) { first, _ in first })
    }

    /// Looks at the clouds; the machines that are not up any more.
    mutating func look(at now: Timestamp) -> [Int] {
        var isNews = false
        for (cloud, provider) in clouds.enumerated() {
            guard let census = provider.census(at: now) else { continue }
            members[cloud] = census
            isNews = true
        }
        guard isNews else { return [] }
        let before = up
        for machine in before { machines[machine].isUp = false }
        up = []
        for pool in billed.indices { billed[pool] = 0 }
        for (cloud, census) in members.enumerated() {
            for standing in census {
                guard let pool = poolIndex[standing.tags.pool] else { continue }
                billed[pool] += 1
                let index = place(of: standing.tags.node, pool, cloud)
                if standing.isUp {
                    machines[index].isUp = true
                    up.append(index)
                }
            }
        }
        return before.filter { !machines[$0].isUp }
    }

    private mutating func place(of node: NodeID, _ pool: Int, _ cloud: Int) -> Int {
        if let known = byNode[node] { return known }
        machines.append(Machine(id: node, pool: pool, cloud: cloud))
        byNode[node] = machines.count - 1
        return machines.count - 1
    }

    /// The machine of a node that is up; nil when it is not.
    func machine(of node: NodeID) -> Int? {
        guard let index = byNode[node], machines[index].isUp else { return nil }
        return index
    }

    mutating func addViewers(_ count: Int, to machine: Int) { machines[machine].viewers += count }

    mutating func addSource(_ stream: StreamKey, to machine: Int) {
        machines[machine].sources.append(
            StreamReport(scope: stream.scope, name: stream.name, role: .source, subscribers: 0))
    }

    mutating func removeSource(_ stream: StreamKey, from machine: Int) {
        machines[machine].sources.removeAll { $0.key == stream }
    }

    mutating func clear(_ machine: Int) {
        machines[machine].viewers = 0
        machines[machine].sources = []
    }

    func stop(_ machine: Int, at now: Timestamp) {
        clouds[machines[machine].cloud].obey(machines[machine].id, .stop, at: now)
    }

    // MARK: - Reports

    /// What a machine's agent would send now.
    mutating func heartbeat(of index: Int) -> Heartbeat {
        machines[index].sequence += 1
        let clients = (viewers: machines[index].viewers, publishers: machines[index].sources.count)
        if clients != machines[index].reported {
            machines[index].reported = clients
            let load = loads[machines[index].cloud]
            let share = min(1, utilization(of: roles[machines[index].pool], clients.viewers, clients.publishers))
            machines[index].metrics = [
                Metric.publishers: Double(clients.publishers), Metric.subscribers: Double(clients.viewers),
                "cpu.system.load": load.idleCPU + (load.fullCPU - load.idleCPU) * share,
            ]
        }
        return Heartbeat(
            sequence: machines[index].sequence, metrics: machines[index].metrics, streams: machines[index].sources)
    }

    /// A node without a capacity is full at this many viewers; a publisher is as much work as ten of them.
    private static let nominalViewers = 200.0
    private static let publisherWeight = 10.0

    private func utilization(of role: RoleSpec, _ viewers: Int, _ publishers: Int) -> Double {
        let shares = [(Metric.subscribers, viewers), (Metric.publishers, publishers)].compactMap { metric, count in
            role.capacity[metric].map { $0 > 0 ? Double(count) / $0 : 1 }
        }
        return shares.max() ?? (Double(viewers) + Self.publisherWeight * Double(publishers)) / Self.nominalViewers
    }
}
