import Foundation
import Reconciler
import Simulation

/// A match day by formula: three regions with edges and origins, a crowd at 18:00, one region at its ceiling.
enum ReportSample {
    static let start = Timestamp("2026-11-21T06:00:00Z") ?? Timestamp(milliseconds: 0)

    struct Shape {
        var name = "match-day.yaml"
        var points = 1000
        var regions = ["eu-central", "us-east", "ap-south"]
        var roles = ["edge", "origin"]
        var hours = 30.0
        /// Of the edges of the second region.
        var ceiling = 22
    }

    static func matchDay(_ shape: Shape = Shape()) -> SimulationResult {
        let interval = Int64(shape.hours * 3_600_000) / Int64(max(1, shape.points))
        let times = (0..<shape.points).map { Timestamp(milliseconds: start.milliseconds + Int64($0) * interval) }
        var result = SimulationResult(
            name: shape.name, seed: 7, start: start,
            end: Timestamp(milliseconds: start.milliseconds + Int64(shape.points) * interval), step: .seconds(30),
            totals: .init(), pools: [], times: times, viewers: [], actions: [], findings: [])
        var all = SimulationResult.ViewerSeries(name: "all")
        for (index, region) in shape.regions.enumerated() {
            let ceiling = index == 1 ? shape.ceiling : 40
            let viewers = crowd(region, index: index, shape, ceiling: ceiling)
            for (order, role) in shape.roles.enumerated() {
                let pool = PoolKey(group: "live", region: region, role: role)
                add(pool, of: viewers, share: order == 0 ? 1 : 8, max: order == 0 ? ceiling : 12, to: &result)
            }
            result.viewers.append(viewers)
            all.wanted = sum(all.wanted, viewers.wanted)
            all.served = sum(all.served, viewers.served)
            all.carried = sum(all.carried, viewers.carried)
            all.capacity = sum(all.capacity, viewers.capacity)
            all.refused = sum(all.refused, viewers.refused)
        }
        result.viewers.insert(all, at: 0)
        total(&result, all)
        return result
    }

    private static func crowd(
        _ region: String, index: Int, _ shape: Shape, ceiling: Int
    ) -> SimulationResult.ViewerSeries {
        var viewers = SimulationResult.ViewerSeries(name: region)
        var nodes = 2
        for point in 0..<shape.points {
            let hour = 6 + Double(point) / Double(shape.points) * shape.hours
            let day = 2500 * (1 + sin((hour - 14 - Double(index) * 3) / 24 * 2 * .pi))
            let match = 14000 / (1 + exp((17.8 - hour) * 5)) / (1 + exp((hour - 20.2) * 4))
            let noise = Double((point * 7919 + index * 104_729) % 211) * 1.5
            let wanted = Int(day + match * (index == 2 ? 0.3 : 1) + noise)
            let needed = min(ceiling, max(2, Int((Double(wanted) / 600).rounded(.up)) + 1))
            nodes =
                needed > nodes ? nodes + max(1, (needed - nodes) / 3) : point % 25 == 0 ? max(needed, nodes - 1) : nodes
            let capacity = nodes * 700
            viewers.wanted.append(wanted)
            viewers.capacity.append(capacity)
            viewers.served.append(min(wanted, capacity))
            viewers.carried.append(min(wanted, capacity))
            viewers.refused.append(max(0, wanted - capacity) / 12)
        }
        return viewers
    }

    private static func add(
        _ key: PoolKey, of viewers: SimulationResult.ViewerSeries, share: Int, max: Int,
        to result: inout SimulationResult
    ) {
        var pool = SimulationResult.Pool(pool: key, min: 2, max: max, metric: share == 1 ? "viewers" : "egress")
        pool.instanceType = share == 1 ? "c5n.large" : "c5n.xlarge"
        pool.pricePerHour = share == 1 ? 0.085 : 0.216
        for (index, capacity) in viewers.capacity.enumerated() {
            let serving = Swift.max(share == 1 ? 2 : 1, capacity / 700 / share)
            pool.serving.append(serving)
            let ahead = Swift.min(index + 8, viewers.capacity.count - 1)
            let desired = Swift.max(serving, viewers.capacity[ahead] / 700 / share)
            if let last = pool.desired.last, last != desired {
                let reason =
                    desired > last
                    ? "viewers 87% of capacity, target 70%" : "viewers 31% of capacity for 10m, target 70%"
                let action = SimulationResult.Action(
                    at: result.times[index], pool: key, from: last, to: desired,
                    reason: "\(reason): \(desired) nodes wanted")
                result.actions.append(action)
                if desired > last { pool.scaleOuts += 1 } else { pool.scaleIns += 1 }
            }
            pool.desired.append(desired)
            pool.billed.append(desired + (index % 60 < 4 ? 1 : 0))
            pool.utilization.append(
                index < 3 ? -1 : Swift.min(100, viewers.wanted[index] * 100 / (serving * share * 700)))
        }
        let hours = Double((result.end - result.start).wholeMilliseconds) / 3_600_000
        pool.peakNodes = pool.desired.max() ?? 0
        pool.nodeHours = Double(pool.billed.reduce(0, +)) * hours / Double(Swift.max(1, pool.billed.count))
        pool.cost = pool.pricePerHour.map { $0 * pool.nodeHours }
        result.pools.append(pool)
    }

    private static func total(_ result: inout SimulationResult, _ all: SimulationResult.ViewerSeries) {
        result.actions.sort { ($0.at, $0.pool) < ($1.at, $1.pool) }
        result.totals.viewers = all.wanted.reduce(0, +) / 40
        result.totals.refusedViewers = all.refused.reduce(0, +)
        result.totals.publishers = 120
        result.totals.waitedSeconds = Double(result.totals.refusedViewers) * 42.4
        result.totals.peakViewers = all.wanted.max() ?? 0
        result.totals.peakNodes = result.pools.map(\.peakNodes).reduce(0, +)
        result.totals.nodeHours = result.pools.map(\.nodeHours).reduce(0, +)
        result.totals.cost = result.pools.compactMap(\.cost).reduce(0, +)
        result.totals.scaleOuts = result.pools.map(\.scaleOuts).reduce(0, +)
        result.totals.scaleIns = result.pools.map(\.scaleIns).reduce(0, +)
        result.totals.reversals = 3
        result.totals.moved = 218
        for region in result.viewers.dropFirst() {
            for (index, at) in result.times.enumerated() {
                let waiting = region.wanted[index] - region.served[index]
                guard waiting > result.worst?.waiting ?? 0 else { continue }
                result.worst = .init(at: at, region: region.name, waiting: waiting)
            }
        }
        if result.totals.refusedViewers > 0 {
            result.findings = [
                "live/us-east/edge stood at its max of 22 from Sat 18:02 to Sat 20:14 while viewers were refused: raise max",
                "live/eu-central/edge grew 4 minutes too late at Sat 17:50: 38 viewers waited; a schedule would have it ready",
                "live/ap-south/origin reversed 3 times within its stabilisation window",
            ]
        }
    }

    private static func sum(_ left: [Int], _ right: [Int]) -> [Int] {
        left.isEmpty ? right : zip(left, right).map { $0 + $1 }
    }
}
