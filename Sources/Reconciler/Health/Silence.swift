/// What a node's silence means (design.md section 5): a pure function of when it was last heard.
package enum Silence: Sendable, Equatable {
    /// Heard of lately.
    case fresh
    /// No new assignments until it is heard again.
    case suspect(for: Duration)
    /// A fault, to be replaced.
    case fault(for: Duration)

    /// Silence from before `observingSince` says nothing: the manager itself was not listening.
    package init(lastHeard: Timestamp?, observingSince: Timestamp, health: HealthSpec, now: Timestamp) {
        let reference = max(lastHeard ?? observingSince, observingSince)
        let silent = now - reference
        self =
            silent >= health.faultAfter
            ? .fault(for: silent) : silent >= health.suspectAfter ? .suspect(for: silent) : .fresh
    }

    package init(node: Node, observingSince: Timestamp, health: HealthSpec, now: Timestamp) {
        self.init(
            lastHeard: node.lastHeartbeatAt ?? node.inServiceAt, observingSince: observingSince, health: health,
            now: now)
    }
}
