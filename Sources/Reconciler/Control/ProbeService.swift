/// Makes the probes that roles ask for, and writes their results into ``LiveState/probes``, while it runs.
///
/// What they mean is decided elsewhere, in the next round of the control loop; a result that changes how a node stands asks for one.
package final class ProbeService: Sendable {
    /// From one look to the next, at least: probes that become due within this begin together.
    static let pace: Duration = .milliseconds(50)
    /// And at most: then new nodes and a new spec are seen.
    static let patience: Duration = .seconds(1)

    private struct State: Sendable {
        /// The roles whose nodes are probed; of a pool that the spec dropped, as they were, while nodes of it are left.
        var roles: [PoolKey: RoleSpec] = [:]
        var schedule = ProbeSchedule()
        var started: [ProbeKey: Timestamp] = [:]
        var underWay: [ProbeKey: ProbeSchedule.Lane] = [:]
        var takenAt: Timestamp?
    }

    private let live: LiveState
    private let prober: any Prober
    private let time: any TimeSource
    private let state = Locked(State())

    package init(live: LiveState, prober: any Prober, time: any TimeSource) {
        self.live = live
        self.prober = prober
        self.time = time
    }

    /// Probes until the task is cancelled.
    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let now = time.now()
                let agenda = begin(at: now)
                for target in agenda.due {
                    group.addTask(name: "probe") { await self.probe(target) }
                }
                var pause = agenda.next.map { $0 - now } ?? Self.patience
                if agenda.isHeldBack { pause = Self.pace }
                try await time.sleep(for: min(max(pause, Self.pace), Self.patience))
            }
        }
    }

    private func begin(at now: Timestamp) -> ProbeSchedule.Agenda {
        let snapshot = live.snapshot
        return state.with { state in
            if state.takenAt != snapshot.at { take(snapshot, &state) }
            let agenda = state.schedule.agenda(at: now, started: state.started, underWay: state.underWay)
            for target in agenda.due {
                state.started[target.key] = now
                state.underWay[target.key] = target.spec.check.lane
            }
            return agenda
        }
    }

    private func probe(_ target: ProbeTarget) async {
        let outcome = await prober.probe(target.call)
        let isWanted = state.with { state in
            state.underWay[target.key] = nil
            return state.roles[target.pool]?.check(at: target.key.index) == target.spec.check
        }
        // Of a probe that was broken off nothing is known, and what another one found is no result of this one.
        guard !Task.isCancelled, isWanted, live.snapshot.fleet.nodes[target.key.node] != nil else { return }
        let change = live.probes.record(
            outcome, of: target.key.node, index: target.key.index, at: time.now())
        if target.spec.standing(change.previous) != target.spec.standing(change.current) { live.wake() }
    }

    /// A new round is out: its nodes, and perhaps other probes.
    private func take(_ snapshot: FleetSnapshot, _ state: inout State) {
        state.takenAt = snapshot.at
        let present = snapshot.spec.effectiveRoles()
        var roles = present.filter { !$0.value.health.probes.isEmpty }
        if roles.isEmpty, state.roles.isEmpty { return }
        let populated = Set(snapshot.fleet.nodes.values.map(\.pool))
        for (pool, role) in state.roles where present[pool] == nil && populated.contains(pool) { roles[pool] = role }
        let changed = state.roles.filter { pool, role in
            populated.contains(pool) && role.health.probes.map(\.check) != roles[pool]?.health.probes.map(\.check)
        }
        if !changed.isEmpty {
            // The results of other checks say nothing about these.
            for node in snapshot.fleet.nodes.values where changed[node.pool] != nil { live.probes.forget(node.id) }
        }
        state.started = state.started.filter {
            snapshot.fleet.nodes[$0.key.node].map { roles[$0.pool] != nil } ?? false
        }
        state.roles = roles
        state.schedule = ProbeSchedule(roles: roles, fleet: snapshot.fleet)
    }
}

extension RoleSpec {
    /// What the probe of that place looks at; nil when there is none.
    fileprivate func check(at index: Int) -> ProbeSpec.Check? {
        health.probes.indices.contains(index) ? health.probes[index].check : nil
    }
}
