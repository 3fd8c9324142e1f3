/// Clients that found no node with room a moment ago: what no node can report, since it never saw them. Written by the API's
/// threads, read by the control loop once per round.
///
/// It looks back ``window``, which is what they are told to wait: who asks again in time is counted about once.
package final class DemandBook: Sendable {
    /// As long as a client waits before it asks again.
    package static let window = RouteAnswer.retryAfter
    /// The window in so many parts, each with a count of its own, so that the oldest can be dropped.
    private static let parts: Int64 = 4

    private struct Key: Hashable {
        var group: String
        var region: String?
        var action: StreamAction
        var needs: Set<Capability>
    }

    /// The counts of one part of the window; its keys are groups and regions of the spec, so they are few.
    private struct Part {
        /// Which part of all time.
        var number: Int64 = .min
        var counts: [Key: Int] = [:]
    }

    private let ring = Locked(Array(repeating: Part(), count: Int(parts)))

    package init() {}

    private static func number(_ moment: Timestamp) -> Int64 {
        let length = window.wholeMilliseconds / parts
        return moment.milliseconds >= 0 ? moment.milliseconds / length : 0
    }

    /// Counts clients that were refused, whose node must be capable of `needs`; `region` is where they wanted to be most, nil when they had no preference.
    package func record(
        group: String, region: String?, action: StreamAction, needs: Set<Capability> = [], count: Int = 1,
        at now: Timestamp
    ) {
        let number = Self.number(now)
        ring.with { ring in
            let index = Int(number % Self.parts)
            if ring[index].number != number { ring[index] = Part(number: number) }
            ring[index].counts[Key(group: group, region: region, action: action, needs: needs), default: 0] += count
        }
    }

    /// Who was refused within the window before `now`, sorted by group, region and action.
    package func refused(at now: Timestamp) -> [RefusedClients] {
        let newest = Self.number(now)
        var sums: [Key: Int] = [:]
        for part in ring.current where part.number > newest - Self.parts && part.number <= newest {
            sums.merge(part.counts, uniquingKeysWith: +)
        }
        return sums.map { key, count in
            RefusedClients(
                group: key.group, region: key.region, action: key.action, needs: key.needs, count: count)
        }.sorted { ($0.group, $0.region ?? "", $0.action.rawValue) < ($1.group, $1.region ?? "", $1.action.rawValue) }
    }
}

/// How many clients of one kind found no node with room.
package struct RefusedClients: Sendable, Equatable {
    package var group: String
    /// Where they wanted to be most; nil: anywhere.
    package var region: String?
    package var action: StreamAction
    /// What their node's role must be capable of beside the action itself.
    package var needs: Set<Capability>
    package var count: Int

    package init(group: String, region: String?, action: StreamAction, needs: Set<Capability> = [], count: Int) {
        self.needs = needs
        self.group = group
        self.region = region
        self.action = action
        self.count = count
    }
}
