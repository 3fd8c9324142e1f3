/// When which probe is made: a pure function of the targets, when each was last begun, what is under way, and `now`.
///
/// Every target has a beat of its own: the moments that are a whole number of intervals from an offset which its node's id decides. So
/// the probes of a fleet are spread over the interval, after a restart and after a pause too, and one that began late does not push
/// the later ones back.
package struct ProbeSchedule: Sendable {
    /// What a probe takes up while it is under way.
    package enum Lane: Hashable, Sendable, CaseIterable {
        /// A socket, and a thread when an HTTP server keeps us waiting.
        case network
        /// A process.
        case command

        /// So many at once. Of 500 dead nodes that are given 2 s every 5 s, the network's lane has one round done in 8 s.
        package var limit: Int {
            switch self {
            case .network: 128
            case .command: 16
            }
        }
    }

    /// What to do now, and when to look again.
    package struct Agenda: Sendable, Equatable {
        /// To be begun now, the longest due first.
        package var due: [ProbeTarget] = []
        /// More are due, and wait for the end of one that is under way.
        package var isHeldBack = false
        /// When the next one is due that is not yet; nil: none will be.
        package var next: Timestamp?
    }

    private struct Entry: Sendable {
        var target: ProbeTarget
        /// Of its beat, in milliseconds.
        var interval: Int64
        var offset: Int64

        /// Its first beat after the last one that was taken; half an interval early or late is still that one.
        func due(after started: Timestamp?, at now: Timestamp) -> Timestamp {
            // A clock that was set back must not put it off.
            let reference =
                started.map { min($0, now).milliseconds + interval / 2 } ?? min(target.since, now).milliseconds
            let past = reference - offset
            let beats = past >= 0 ? past / interval : (past - interval + 1) / interval
            return Timestamp(milliseconds: (beats + 1) * interval + offset)
        }
    }

    private let entries: [Entry]

    /// Nothing to probe.
    package init() { entries = [] }

    /// Every probe of every node of these roles.
    package init(roles: [PoolKey: RoleSpec], fleet: Fleet) {
        var entries: [Entry] = []
        if roles.values.contains(where: { !$0.health.probes.isEmpty }) {
            for node in fleet.nodes.values {
                guard let role = roles[node.pool] else { continue }
                for target in ProbeTarget.all(of: node, in: role, observingSince: fleet.observingSince) {
                    let interval = max(1, target.spec.interval.wholeMilliseconds)
                    entries.append(
                        Entry(target: target, interval: interval, offset: Self.offset(of: target.key, interval)))
                }
            }
        }
        self.entries = entries
    }

    /// - Parameters:
    ///   - started: when each probe was last begun.
    ///   - underWay: those that have not ended yet.
    package func agenda(
        at now: Timestamp, started: [ProbeKey: Timestamp], underWay: [ProbeKey: Lane]
    ) -> Agenda {
        var agenda = Agenda()
        var due: [(at: Timestamp, target: ProbeTarget)] = []
        for entry in entries where underWay[entry.target.key] == nil {
            let moment = entry.due(after: started[entry.target.key], at: now)
            if moment <= now {
                due.append((moment, entry.target))
            } else {
                agenda.next = min(agenda.next ?? moment, moment)
            }
        }
        var room = Dictionary(uniqueKeysWithValues: Lane.allCases.map { ($0, $0.limit) })
        for lane in underWay.values { room[lane, default: 0] -= 1 }
        for (_, target) in due.sorted(by: { ($0.at, $0.target.key) < ($1.at, $1.target.key) }) {
            guard room[target.spec.check.lane, default: 0] > 0 else {
                agenda.isHeldBack = true
                continue
            }
            room[target.spec.check.lane, default: 0] -= 1
            agenda.due.append(target)
        }
        return agenda
    }

    /// Equal for equal ids, and even over the interval: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), its bits mixed at the end.
    private static func offset(of key: ProbeKey, _ interval: Int64) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.node.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var random = SeededRandom(seed: hash &+ UInt64(truncatingIfNeeded: key.index))
        return Int64(random.next() % UInt64(interval))
    }
}

extension ProbeSpec.Check {
    /// What it takes up.
    package var lane: ProbeSchedule.Lane {
        switch self {
        case .tcp, .http: .network
        case .command: .command
        }
    }
}
