internal import Foundation
internal import Reconciler

extension SimulationResult {
    /// The whole result as one JSON object with sorted keys: durations in seconds, times in RFC 3339.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Document(self)), as: UTF8.self)
    }

    /// Two results, as `--against` compares them.
    package static func json(_ first: SimulationResult, against second: SimulationResult) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let pair = ["simulation": Document(first), "against": Document(second)]
        return String(decoding: try encoder.encode(pair), as: UTF8.self)
    }

    private struct Document: Encodable {
        let name: String
        let seed: UInt64
        let start: Timestamp
        let end: Timestamp
        let stepSeconds: Double
        let totals: TotalsDocument
        let pools: [PoolDocument]
        let times: [Timestamp]
        let viewers: [SeriesDocument]
        let actions: [ActionDocument]
        let findings: [String]
        let worst: WorstDocument?

        init(_ result: SimulationResult) {
            name = result.name
            seed = result.seed
            start = result.start
            end = result.end
            stepSeconds = Double(result.step.wholeMilliseconds) / 1000
            totals = TotalsDocument(result.totals)
            pools = result.pools.map(PoolDocument.init)
            times = result.times
            viewers = result.viewers.map(SeriesDocument.init)
            actions = result.actions.map(ActionDocument.init)
            findings = result.findings
            worst = result.worst.map(WorstDocument.init)
        }
    }

    private struct TotalsDocument: Encodable {
        let viewers, refusedViewers, publishers, refusedPublishers, peakViewers, peakNodes: Int
        let waitedSeconds, nodeHours: Double
        let cost: Double?
        let scaleOuts, scaleIns, reversals, moved: Int
        let waitedForPublisher, peakServedElsewhere: Int
        let servedSeconds, servedElsewhereSeconds: Double

        init(_ totals: Totals) {
            viewers = totals.viewers
            refusedViewers = totals.refusedViewers
            publishers = totals.publishers
            refusedPublishers = totals.refusedPublishers
            waitedSeconds = totals.waitedSeconds
            peakViewers = totals.peakViewers
            peakNodes = totals.peakNodes
            nodeHours = totals.nodeHours
            cost = totals.cost
            scaleOuts = totals.scaleOuts
            scaleIns = totals.scaleIns
            reversals = totals.reversals
            moved = totals.moved
            waitedForPublisher = totals.waitedForPublisher
            peakServedElsewhere = totals.peakServedElsewhere
            servedSeconds = totals.servedSeconds
            servedElsewhereSeconds = totals.servedElsewhereSeconds
        }
    }

    private struct PoolDocument: Encodable {
        let nodeGroup, region, role: String
        let instanceType: String?
        let pricePerHour: Double?
        let min, max, peakNodes: Int
        let nodeHours: Double
        let cost: Double?
        let scaleOuts, scaleIns: Int
        let metric: String
        let serving, desired, billed, utilization: [Int]

        init(_ pool: Pool) {
            nodeGroup = pool.pool.group
            region = pool.pool.region
            role = pool.pool.role
            instanceType = pool.instanceType
            pricePerHour = pool.pricePerHour
            min = pool.min
            max = pool.max
            peakNodes = pool.peakNodes
            nodeHours = pool.nodeHours
            cost = pool.cost
            scaleOuts = pool.scaleOuts
            scaleIns = pool.scaleIns
            metric = pool.metric
            serving = pool.serving
            desired = pool.desired
            billed = pool.billed
            utilization = pool.utilization
        }
    }

    private struct SeriesDocument: Encodable {
        let name: String
        let wanted, served, carried, capacity, refused: [Int]

        init(_ series: ViewerSeries) {
            name = series.name
            wanted = series.wanted
            served = series.served
            carried = series.carried
            capacity = series.capacity
            refused = series.refused
        }
    }

    private struct WorstDocument: Encodable {
        let at: Timestamp
        let region: String?
        let waiting: Int

        init(_ worst: Worst) {
            at = worst.at
            region = worst.region
            waiting = worst.waiting
        }
    }

    private struct ActionDocument: Encodable {
        let at: Timestamp
        let nodeGroup, region, role: String
        let from, to: Int
        let reason: String

        init(_ action: Action) {
            at = action.at
            nodeGroup = action.pool.group
            region = action.pool.region
            role = action.pool.role
            from = action.from
            to = action.to
            reason = action.reason
        }
    }
}
