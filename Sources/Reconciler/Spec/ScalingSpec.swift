/// How a role's desired count follows its load.
package struct ScalingSpec: Sendable, Equatable {
    package var rules: [ScalingRule] = []
    /// Percent by which the measured may differ from the target without a change, per direction.
    package var toleranceOut: Int = 10
    package var toleranceIn: Int = 10
    package var buffer: Buffer?
    /// A node this young does not pull the average down.
    package var warmup: Duration = .seconds(0)
    package var scaleOut = Behavior(
        stabilization: .zero,
        policies: [.init(.nodes(4), period: .seconds(15)), .init(.percent(100), period: .seconds(15))])
    package var scaleIn = Behavior(
        stabilization: .seconds(300), policies: [.init(.percent(100), period: .seconds(15))])
    package var schedules: [ScheduleSpec] = []

    package init() {}

    /// Free capacity on top of what the rules ask.
    package enum Buffer: Sendable, Equatable {
        case nodes(Amount)
        /// Free slots by metric name.
        case slots([String: Double])
    }

    /// How fast a count may change in one direction (Kubernetes `HorizontalPodAutoscalerBehavior`).
    package struct Behavior: Sendable, Equatable {
        package enum Select: String, Sendable, CaseIterable { case max, min, disabled }
        package var stabilization: Duration
        package var policies: [Policy]
        package var select: Select = .max
        package init(stabilization: Duration, policies: [Policy]) {
            self.stabilization = stabilization
            self.policies = policies
        }
    }

    package struct Policy: Sendable, Equatable {
        package enum Change: Sendable, Equatable {
            case nodes(Int)
            case percent(Int)
        }
        package var change: Change
        package var period: Duration
        package init(_ change: Change, period: Duration) {
            self.change = change
            self.period = period
        }
    }
}

package enum ScalingRule: Sendable, Equatable {
    /// Keep a metric at a target.
    case target(metric: String, TargetValue, periods: Periods = Periods())
    /// Grow above `high`, shrink below `low`.
    case watermarks(metric: String, high: TargetValue, low: TargetValue, periods: Periods = Periods())
    /// The reference product's expressions.
    case expression(scaleOut: Expression?, scaleIn: Expression?, step: Int, periods: Periods = Periods())

    /// How long a rule must ask for a change: the averages of the last `count` periods all lie beyond its threshold.
    package struct Periods: Sendable, Equatable {
        /// 1: the newest measurement alone decides.
        package var count: Int
        /// Periods are aligned to the clock, so that a restart does not move them.
        package var length: Duration
        package init(count: Int = 1, length: Duration = .seconds(60)) {
            self.count = count
            self.length = length
        }
    }

    package enum TargetValue: Sendable, Equatable, CustomStringConvertible {
        /// Whole percent of the role's capacity for that metric.
        case utilization(Int)
        /// An average per node.
        case average(Double)

        package var description: String {
            switch self {
            case .utilization(let percent): "\(percent)%"
            case .average(let value): value.short
            }
        }
    }
}

extension RoleSpec {
    /// Whether nothing but the bounds decides its count.
    package var isFixed: Bool { scaling.rules.isEmpty && scaling.buffer == nil }
}

/// A time window that opens by cron and stays open for a duration.
package struct ScheduleWindow: Sendable, Equatable {
    package var cron: CronExpression
    /// IANA name.
    package var timezone: String
    package var duration: Duration
    package init(cron: CronExpression, timezone: String, duration: Duration) {
        self.cron = cron
        self.timezone = timezone
        self.duration = duration
    }
}

/// Other bounds while its window is open.
package struct ScheduleSpec: Sendable, Equatable {
    package var name: String
    package var window: ScheduleWindow
    package var min: Int?
    package var max: Int?
    package var desired: Int?
    package var priority: Int = 0
    /// Capacity is there this long before the window opens.
    package var lead: Duration?
    package init(name: String, window: ScheduleWindow) {
        self.name = name
        self.window = window
    }
}
