package import Reconciler

/// What a simulation showed: equal inputs give equal results.
package struct SimulationResult: Sendable, Equatable {
    /// What was simulated, as the command line named it.
    package var name: String
    package var seed: UInt64
    package var start: Timestamp
    package var end: Timestamp
    /// Between two rounds of the control loop.
    package var step: Duration
    package var totals: Totals
    /// In the order of the spec.
    package var pools: [Pool]
    /// The order of the times; the same times for every series.
    package var times: [Timestamp]
    /// All pools that serve viewers together, then each region by name.
    package var viewers: [ViewerSeries]
    /// Every change of a desired count, in the order of their times.
    package var actions: [Action]
    /// What an operator should look at first: refusals, ceilings reached, flapping; in words, the worst first.
    package var findings: [String]
    /// When the most refused viewers of one region waited at once; nil: nobody was refused.
    package var worst: Worst?

    package init(
        name: String, seed: UInt64, start: Timestamp, end: Timestamp, step: Duration, totals: Totals, pools: [Pool],
        times: [Timestamp], viewers: [ViewerSeries], actions: [Action], findings: [String]
    ) {
        self.name = name
        self.seed = seed
        self.start = start
        self.end = end
        self.step = step
        self.totals = totals
        self.pools = pools
        self.times = times
        self.viewers = viewers
        self.actions = actions
        self.findings = findings
    }

    package struct Totals: Sendable, Equatable {
        /// Viewers who asked, each counted once however often they asked again.
        package var viewers = 0
        /// Of these, who found no node with room when they first asked.
        package var refusedViewers = 0
        package var publishers = 0
        package var refusedPublishers = 0
        /// The time that refused viewers waited until they were served or gave up, together.
        package var waitedSeconds = 0.0
        package var peakViewers = 0
        package var peakNodes = 0
        package var nodeHours = 0.0
        /// Nil when no price of any node's instance type is known.
        package var cost: Double?
        /// Changes of desired counts.
        package var scaleOuts = 0
        package var scaleIns = 0
        /// Times that a pool shrank within its scale-in stabilisation window after it had grown.
        package var reversals = 0
        /// Viewers whose stream had no publisher when they asked; they are not among the refused.
        package var waitedForPublisher = 0
        /// The time that viewers watched, together.
        package var servedSeconds = 0.0
        /// Of that, at least so much on nodes of another region than they asked for.
        package var servedElsewhereSeconds = 0.0
        /// At least so many did at once.
        package var peakServedElsewhere = 0
        /// Viewers whose node went while they watched: they had to connect again.
        package var moved = 0
        package init() {}
    }

    package struct Pool: Sendable, Equatable {
        package var pool: PoolKey
        package var instanceType: String?
        package var pricePerHour: Double?
        package var min: Int
        package var max: Int
        package var peakNodes: Int
        package var nodeHours: Double
        package var cost: Double?
        package var scaleOuts: Int
        package var scaleIns: Int
        /// The metric that its first capacity is about, for its utilisation; empty when it has none.
        package var metric: String
        /// Per ``SimulationResult/times``: nodes in service, nodes wanted, nodes that cost (from created to gone).
        package var serving: [Int]
        package var desired: [Int]
        package var billed: [Int]
        /// Whole percent of the serving nodes' capacity, the worst moment of the interval; -1: no node or no capacity.
        package var utilization: [Int]
        package init(pool: PoolKey, min: Int, max: Int, metric: String) {
            self.pool = pool
            self.min = min
            self.max = max
            self.metric = metric
            peakNodes = 0
            nodeHours = 0
            scaleOuts = 0
            scaleIns = 0
            serving = []
            desired = []
            billed = []
            utilization = []
        }
    }

    package struct ViewerSeries: Sendable, Equatable {
        /// `all`, or a region.
        package var name: String
        /// Who wanted to watch, at the worst moment of each interval.
        package var wanted: [Int]
        /// Who did, wherever their nodes are.
        package var served: [Int]
        /// Who watched on nodes of the region, wherever they ask from; nodes that are leaving do not count.
        package var carried: [Int]
        /// How many the serving nodes have room for.
        package var capacity: [Int]
        /// Refused for the first time in this interval.
        package var refused: [Int]
        package init(name: String) {
            self.name = name
            wanted = []
            served = []
            carried = []
            capacity = []
            refused = []
        }
    }

    /// The most refused viewers of one region who waited at once.
    package struct Worst: Sendable, Equatable {
        package var at: Timestamp
        /// Nil: they asked for no region.
        package var region: String?
        package var waiting: Int
        package init(at: Timestamp, region: String?, waiting: Int) {
            self.at = at
            self.region = region
            self.waiting = waiting
        }
    }

    package struct Action: Sendable, Equatable {
        package var at: Timestamp
        package var pool: PoolKey
        package var from: Int
        package var to: Int
        /// In words: the arithmetic of the rule that asked for most, then what held or limited it.
        package var reason: String
        package init(at: Timestamp, pool: PoolKey, from: Int, to: Int, reason: String) {
            self.at = at
            self.pool = pool
            self.from = from
            self.to = to
            self.reason = reason
        }
    }
}
