internal import Reconciler

/// Gathers what happened, step by step, into a ``SimulationResult`` of at most ``points`` points in time.
struct Recorder {
    /// Wide enough for a chart on a large screen.
    static let points = 1000

    let spec: Spec
    let pools: [PoolKey]
    let step: Duration
    /// Steps that one point in time stands for.
    private let stride: Int
    private let roles: [RoleSpec]
    private let regions: [String]
    private let poolsByRegion: [[Int]]
    private let crowdRegion: [Int?]
    private var steps = 0
    private(set) var times: [Timestamp] = []
    private(set) var series: [SimulationResult.ViewerSeries]
    private(set) var results: [SimulationResult.Pool]
    private(set) var totals = SimulationResult.Totals()
    private(set) var actions: [SimulationResult.Action] = []
    private(set) var watch: Watch
    /// Step counts of nodes that cost, by pool.
    private var billedSteps: [Int]
    private var lastDesired: [Int?]
    /// The last scale-out that no scale-in followed yet.
    private var lastOut: [Timestamp?]
    /// The worst of the present point: who waited, who wanted, whom the nodes carried, by series; nil: no step of it yet.
    private var worst: [(waiting: Int, wanted: Int, carried: Int)?]
    /// By crowd: who waited for a publisher at the step before.
    private var offAir: [Int]
    /// The streams that viewers waited for because nobody published them.
    private var unpublished: [StreamKey: Findings.Unpublished] = [:]
    /// When the most watched on nodes of another region, and which region's nodes had the most of them.
    private var elsewhere: (at: Timestamp, region: String)?

    init(spec: Spec, pools: [PoolKey], audience: Audience, step: Duration, steps: Int) {
        self.spec = spec
        self.pools = pools
        self.step = step
        stride = max(1, (steps + Self.points - 1) / Self.points)
        let effective = spec.effectiveRoles()
        roles = pools.map { effective[$0] ?? RoleSpec(name: $0.role) }
        var names: [String] = []
        for group in spec.groups {
            for region in group.regions where !names.contains(region.name) { names.append(region.name) }
        }
        for crowd in audience.crowds { if let name = crowd.region, !names.contains(name) { names.append(name) } }
        regions = names
        let found = names
        crowdRegion = audience.crowds.map { crowd in crowd.region.flatMap { found.firstIndex(of: $0) } }
        poolsByRegion = names.map { name in pools.indices.filter { pools[$0].region == name } }
        series = [SimulationResult.ViewerSeries(name: "all")] + names.map { SimulationResult.ViewerSeries(name: $0) }
        results = zip(pools, roles).map { pool, role in
            let metrics = [Metric.subscribers, Metric.publishers].filter { role.capacity[$0] != nil }
            let group = spec.group(pool.group)
            var result = SimulationResult.Pool(
                pool: pool, min: group?.least(pool.role, in: pool.region) ?? role.min,
                max: group?.most(pool.role, in: pool.region) ?? role.max, metric: metrics.first ?? "")
            result.instanceType = role.instanceType
            return result
        }
        billedSteps = pools.map { _ in 0 }
        lastDesired = pools.map { _ in nil }
        lastOut = pools.map { _ in nil }
        offAir = audience.crowds.map { _ in 0 }
        worst = series.map { _ in nil }
        watch = Watch(pools: pools.count, regions: names.count)
    }

    // MARK: - Decisions

    /// Takes in what a round decided; before the load begins a change is no scaling action.
    mutating func decide(_ plan: Plan, at now: Timestamp, isWarmup: Bool) {
        for decision in plan.scaling {
            guard let index = pools.firstIndex(of: decision.pool) else { continue }
            defer { lastDesired[index] = decision.desired }
            guard !isWarmup, let before = lastDesired[index], before != decision.desired else { continue }
            let isOut = decision.desired > before
            actions.append(
                SimulationResult.Action(
                    at: now, pool: pools[index], from: before, to: decision.desired,
                    reason: Self.reason(of: decision)))
            if isOut { results[index].scaleOuts += 1 } else { results[index].scaleIns += 1 }
            if !isOut, let out = lastOut[index], now - out < roles[index].scaling.scaleIn.stabilization {
                totals.reversals += 1
                watch.reversals[index] += 1
            }
            lastOut[index] = isOut ? now : nil
        }
    }

    /// The arithmetic of the rule that asked for most stands for the recommendation, which only names the rule.
    private static func reason(of decision: ScalingDecision) -> String {
        let asking = decision.rules.filter { $0.proposed != nil }
        guard let rule = asking.max(by: { ($0.proposed ?? 0) < ($1.proposed ?? 0) }) else {
            return decision.reasons.joined(separator: "; ")
        }
        // What a buffer adds is said nowhere else.
        let isTold =
            decision.reasons.first.map { $0.hasPrefix("recommended ") && !$0.contains(" with the buffer") } ?? false
        return ([rule.reason] + decision.reasons.dropFirst(isTold ? 1 : 0)).joined(separator: "; ")
    }

    // MARK: - Steps

    /// What one step showed.
    struct Step {
        var at: Timestamp
        var decisions: [ScalingDecision]
        /// By pool: machines that are not gone; clients on those that are told to serve.
        var billed: [Int]
        var viewers: [Int]
        var publishers: [Int]
        var publishersArrived: Int
        var publishersConnected: Int
        var publishersRefused: Int
        var moved: Int
    }

    mutating func record(_ moment: Step, _ audience: Audience) {
        if steps % stride == 0 { begin(moment.at) }
        steps += 1
        var serving = pools.map { _ in 0 }
        var desired = pools.map { _ in 0 }
        var ceiling = roles.map(\.max)
        for (position, decision) in moment.decisions.enumerated() {
            let index =
                position < pools.count && pools[position] == decision.pool
                ? position : pools.firstIndex(of: decision.pool)
            guard let index else { continue }
            serving[index] = decision.serving
            desired[index] = decision.desired
            ceiling[index] = decision.max
        }
        recordPools(moment, serving, desired)
        recordViewers(moment, audience, serving)
        watch.note(refusals(audience) { cause(in: $0, serving, desired, ceiling) }, at: moment.at)
        recordUnpublished(audience, at: moment.at)
        for index in pools.indices where desired[index] >= ceiling[index] && roles[index].max > roles[index].min {
            watch.noteCeiling(index, at: moment.at, max: ceiling[index])
        }
        totals.publishers += steps == 1 ? moment.publishersConnected : moment.publishersArrived
        totals.refusedPublishers += moment.publishersRefused
        totals.moved += moment.moved
    }

    private mutating func begin(_ at: Timestamp) {
        times.append(at)
        for index in series.indices {
            series[index].wanted.append(0)
            series[index].served.append(0)
            series[index].carried.append(0)
            series[index].capacity.append(0)
            series[index].refused.append(0)
            worst[index] = nil
        }
        for index in results.indices {
            results[index].serving.append(0)
            results[index].desired.append(0)
            results[index].billed.append(0)
            results[index].utilization.append(-1)
        }
    }

    private mutating func recordPools(_ moment: Step, _ serving: [Int], _ desired: [Int]) {
        let last = times.count - 1
        for index in pools.indices {
            results[index].serving[last] = serving[index]
            results[index].desired[last] = desired[index]
            results[index].billed[last] = moment.billed[index]
            results[index].peakNodes = max(results[index].peakNodes, moment.billed[index])
            billedSteps[index] += moment.billed[index]
            let metric = results[index].metric
            let clients = metric == Metric.publishers ? moment.publishers[index] : moment.viewers[index]
            if let capacity = roles[index].capacity[metric], capacity > 0, serving[index] > 0 {
                let share = Int((Double(clients) * 100 / (capacity * Double(serving[index]))).rounded())
                results[index].utilization[last] = max(results[index].utilization[last], share)
            }
        }
        totals.peakNodes = max(totals.peakNodes, moment.billed.reduce(0, +))
    }

    private mutating func recordViewers(_ moment: Step, _ audience: Audience, _ serving: [Int]) {
        let isFirst = steps == 1
        var wanted = series.map { _ in 0 }
        var served = wanted
        var refused = wanted
        let seconds = Double(step.wholeMilliseconds) / 1000
        for (crowd, region) in zip(audience.crowds, crowdRegion) {
            for index in [0] + (region.map { [$0 + 1] } ?? []) {
                wanted[index] += crowd.wanted
                served[index] += crowd.places.count
                refused[index] += isFirst ? crowd.refused : crowd.newlyRefused
            }
            // Those who are there when it begins came, too.
            totals.viewers += isFirst ? crowd.wanted : crowd.arrived
            totals.refusedViewers += isFirst ? crowd.refused : crowd.newlyRefused
            totals.waitedSeconds += Double(crowd.refused) * seconds
        }
        let carried = poolsByRegion.map { pools in pools.reduce(0) { $0 + moment.viewers[$1] } }
        recordElsewhere(served, carried, at: moment.at, seconds)
        totals.peakViewers = max(totals.peakViewers, wanted[0])
        let last = times.count - 1
        let rooms = poolsByRegion.map { pools in pools.reduce(0) { $0 + room(of: $1, serving[$1], moment.viewers[$1]) }
        }
        for index in series.indices {
            series[index].refused[last] += refused[index]
            let waiting = wanted[index] - served[index]
            let carried = index == 0 ? carried.reduce(0, +) : carried[index - 1]
            if let worst = worst[index], (waiting, wanted[index], carried) <= worst { continue }
            worst[index] = (waiting, wanted[index], carried)
            series[index].carried[last] = carried
            series[index].wanted[last] = wanted[index]
            series[index].served[last] = served[index]
            series[index].capacity[last] = index == 0 ? rooms.reduce(0, +) : rooms[index - 1]
        }
    }

    /// A region's nodes that carry more viewers than the region has carry others'; at least so many are elsewhere than they asked
    /// for, since those without a region, or with a zone, may be anywhere.
    private mutating func recordElsewhere(_ served: [Int], _ carried: [Int], at now: Timestamp, _ seconds: Double) {
        var free = served[0]
        var guests = regions.map { _ in 0 }
        for index in regions.indices where !poolsByRegion[index].isEmpty {
            free -= served[index + 1]
            guests[index] = max(0, carried[index] - served[index + 1])
        }
        let elsewhere = max(0, guests.reduce(0, +) - free)
        totals.servedSeconds += Double(served[0]) * seconds
        totals.servedElsewhereSeconds += Double(elsewhere) * seconds
        if elsewhere > totals.peakServedElsewhere {
            totals.peakServedElsewhere = elsewhere
            let most = guests.max() ?? 0
            self.elsewhere = guests.firstIndex(of: most).map { (now, regions[$0]) }
        }
    }

    /// How many viewers a pool has room for; without a capacity, for those whom it has.
    private func room(of pool: Int, _ serving: Int, _ viewers: Int) -> Int {
        guard roles[pool].capabilities.contains(.subscribe), isForEveryone(roles[pool]) else { return 0 }
        return roles[pool].capacity[Metric.subscribers].map { Int($0) * serving } ?? viewers
    }

    /// A node that takes publishers and has no parent plays only what was published to itself.
    private func isForEveryone(_ role: RoleSpec) -> Bool {
        role.parent != nil || !role.capabilities.contains(.publish)
    }

    // MARK: - Refusals

    private func refusals(_ audience: Audience, _ cause: (Int?) -> Watch.Cause) -> [Watch.Refusal] {
        zip(audience.crowds, crowdRegion).compactMap { crowd, region in
            guard crowd.refused > 0 || crowd.isOffAir && crowd.returning > 0 else { return nil }
            return Watch.Refusal(
                region: region, stream: crowd.stream, newly: crowd.newlyRefused, waiting: crowd.refused,
                offAir: crowd.isOffAir ? crowd.returning : 0, cause: cause(region))
        }
    }

    /// Counts those who wait for a publisher when they begin to.
    private mutating func recordUnpublished(_ audience: Audience, at now: Timestamp) {
        for (index, crowd) in audience.crowds.enumerated() {
            let waiting = crowd.isOffAir ? crowd.returning : 0
            let newly = waiting - offAir[index]
            offAir[index] = waiting
            guard newly > 0 else { continue }
            totals.waitedForPublisher += newly
            unpublished[crowd.stream, default: Findings.Unpublished(first: now)].viewers += newly
        }
    }

    /// Why viewers of a region (nil: of none) found no room.
    private func cause(in region: Int?, _ serving: [Int], _ desired: [Int], _ ceiling: [Int]) -> Watch.Cause {
        let all = region.flatMap { poolsByRegion[$0].isEmpty ? nil : poolsByRegion[$0] } ?? Array(pools.indices)
        let viewing = all.filter { roles[$0].capabilities.contains(.subscribe) && isForEveryone(roles[$0]) }
        if viewing.contains(where: { desired[$0] > serving[$0] }) { return .booting }
        return !viewing.isEmpty && viewing.allSatisfy { desired[$0] >= ceiling[$0] } ? .ceiling : .notAsked
    }

    /// What the spec itself says of the prices of a pool.
    private func ownPrices(of pool: PoolKey) -> PriceList? {
        spec.group(pool.group).flatMap { spec.providers[$0.provider]?.prices }
    }

    // MARK: - The end

    /// What it came to.
    mutating func result(named name: String, seed: UInt64, trace: LoadTrace, prices: PriceList) -> SimulationResult {
        let hours = Double(step.wholeMilliseconds) / 3_600_000
        for index in results.indices {
            let nodeHours = Double(billedSteps[index]) * hours
            let type = results[index].instanceType
            let price = prices.price(of: type) ?? ownPrices(of: pools[index])?.price(of: type)
            results[index].nodeHours = nodeHours
            results[index].pricePerHour = price
            results[index].cost = price.map { $0 * nodeHours }
            totals.nodeHours += nodeHours
            if let cost = results[index].cost { totals.cost = (totals.cost ?? 0) + cost }
            totals.scaleOuts += results[index].scaleOuts
            totals.scaleIns += results[index].scaleIns
        }
        let findings = Findings(
            watch: watch, pools: pools, regions: regions, totals: totals, step: step, spec: spec, results: results,
            prices: prices, unpublished: unpublished, elsewhere: elsewhere)
        var result = SimulationResult(
            name: name, seed: seed, start: trace.start, end: trace.end, step: step, totals: totals, pools: results,
            times: times, viewers: series, actions: actions, findings: findings.sentences)
        result.worst = findings.worst
        return result
    }
}
