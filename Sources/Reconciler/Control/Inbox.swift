/// What happened between two rounds.
final class Inbox: Sendable {
    struct Content: Sendable {
        var results: [EffectResult] = []
        var events: [Event] = []
    }

    /// Events that wait for a store which does not take them; beyond this the oldest are dropped.
    private static let eventLimit = 1000

    private let content = Locked(Content())

    func add(_ result: EffectResult) { content.with { $0.results.append(result) } }
    func add(_ event: Event) { content.with { $0.events.append(event) } }

    func restore(events: [Event]) {
        content.with { $0.events = Array((events + $0.events).suffix(Self.eventLimit)) }
    }

    func take() -> Content {
        content.with { content in
            defer { content = Content() }
            return content
        }
    }
}

extension EffectResult {
    var listing: ListingReport? {
        if case .listed(let report) = self { return report }
        return nil
    }

    var outcome: OperationOutcome? {
        if case .operated(let outcome) = self { return outcome }
        return nil
    }
}
