/// What this process did since it started, for those who watch it: rounds, provider calls, events. Counts only grow.
package final class ActivityMeter: Sendable {
    /// How often, and how long altogether.
    package struct Tally: Sendable, Equatable {
        package var count = 0
        package var total: Duration = .zero

        mutating func add(_ duration: Duration) {
            count += 1
            total += duration
        }
    }

    /// One kind of provider call with one kind of end.
    package struct Call: Sendable, Hashable {
        package var provider: String
        /// `list`, `create` or `destroy`.
        package var verb: String
        /// `ok`, `partial` (a list that was cut short), or how it failed: `retryable`, `noCapacity`, `terminal`, `unknown`.
        package var result: String

        package init(provider: String, verb: String, result: String) {
            self.provider = provider
            self.verb = verb
            self.result = result
        }
    }

    /// One kind of event.
    package struct EventKind: Sendable, Hashable {
        package var reason: String
        package var level: Event.Level
    }

    /// Everything at one moment.
    package struct Counts: Sendable, Equatable {
        package var rounds = Tally()
        /// When the last round ended.
        package var lastRoundAt: Timestamp?
        package var calls: [Call: Tally] = [:]
        package var events: [EventKind: Int] = [:]
    }

    private let state = Locked(Counts())

    package init() {}

    /// All counts.
    package var counts: Counts { state.current }

    /// A round of the control loop ended.
    package func round(took duration: Duration, endedAt now: Timestamp) {
        state.with {
            $0.rounds.add(duration)
            $0.lastRoundAt = now
        }
    }

    /// A provider call ended.
    package func call(_ call: Call, took duration: Duration) {
        state.with { $0.calls[call, default: Tally()].add(duration) }
    }

    /// Something happened.
    package func event(_ event: Event) {
        state.with { $0.events[EventKind(reason: event.reason, level: event.level), default: 0] += 1 }
    }
}

extension ActivityMeter.Call {
    /// What a call was and how it ended.
    init(_ effect: Effect, _ result: EffectResult) {
        switch effect {
        case .list(let scope, askedAt: _): (provider, verb) = (scope.provider, "list")
        case .create(_, let name, _): (provider, verb) = (name, "create")
        case .destroy(_, let name, _): (provider, verb) = (name, "destroy")
        }
        self.result =
            switch result {
            case .listed(let report):
                switch report.result {
                case .success(let listing): listing.complete ? "ok" : "partial"
                case .failure(let failure): failure.word
                }
            case .operated(let outcome):
                switch outcome.result {
                case .success: "ok"
                case .failure(let failure): failure.word
                }
            }
    }
}

extension ProviderFailure {
    fileprivate var word: String {
        switch self {
        case .retryable: "retryable"
        case .noCapacity: "noCapacity"
        case .terminal: "terminal"
        case .unknown: "unknown"
        }
    }
}
