internal import Reconciler

/// What a plan depends on, as the command line names it: a spec, a fleet, a time.
struct PlanInput: Sendable {
    let spec: Spec
    let fleet: Fleet
    let now: Timestamp

    var plan: Plan { Preview.plan(spec: spec, fleet: fleet, now: now) }
    var byHand: ByHand { ByHand(fleet, at: now) }

    static let state = Option.value(
        "state", nil, "FILE",
        "plan for the State document in FILE ('smreconcile state' prints one); '-' reads standard input")
    static let now = Option.value(
        "now", nil, "TIME", "the time to plan for, such as 2026-11-22T12:00:00Z (default: the State's, or now)")

    /// The spec of `paths`, against the State document, the manager or the data directory that is named.
    static func read(_ paths: [String], _ arguments: Arguments, _ console: Console) async throws -> PlanInput {
        let place = try ObservedFleet.Place.of(arguments, specs: paths, otherwise: .store)
        let time = try ObservedFleet.time(arguments)
        let spec = try SpecPaths.read(paths, console)
        let (fleet, at) = try await ObservedFleet.read(from: place, for: spec, now: time, arguments, console)
        return PlanInput(spec: spec, fleet: fleet, now: at)
    }
}

/// What people set in place of the rules, for those who read a plan.
struct ByHand: Sendable {
    private let pauses: [String: ScalingPause]
    private let overrides: [PoolKey: ScalingHistory.Override]

    init(_ fleet: Fleet, at now: Timestamp) {
        pauses = fleet.pauses
        overrides = Dictionary(
            uniqueKeysWithValues: fleet.scaling.keys.compactMap { pool in
                fleet.override(of: pool, at: now).map { (pool, $0) }
            })
    }

    /// `paused by ann; set to 5 by bob until 2026-11-22T14:00:00Z`; empty for nothing.
    func words(_ pool: PoolKey) -> String {
        let pause = pauses[pool.group].map { "paused by \($0.by)" }
        let override = overrides[pool].map { override in
            "set to \(override.nodes) by \(override.by)" + (override.until.map { " until \($0)" } ?? "")
        }
        return [pause, override].compactMap { $0 }.joined(separator: "; ")
    }
}
