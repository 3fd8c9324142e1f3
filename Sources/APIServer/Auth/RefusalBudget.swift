internal import Reconciler

/// How many calls of one caller that changed nothing the audit log takes: they must not push out what was done. A value.
struct RefusalBudget: Sendable {
    /// Entries of one caller within ``window``.
    static let limit = 10
    /// How long they count.
    static let window: Duration = .seconds(60)
    /// Callers that are remembered: more than users and tokens that misbehave at one time.
    private static let maximumCallers = 4096

    /// What there are entries of, each counted by itself.
    enum Kind: Hashable {
        /// Calls that failed.
        case refused
        /// The comings and goings of sessions, trials, and what was done before.
        case minor
    }

    private struct Account: Hashable {
        var caller: String
        var kind: Kind
    }

    private var spent: [Account: (since: Timestamp, count: Int)] = [:]

    /// Whether one more entry of this kind of `caller` is taken.
    mutating func take(_ caller: String, of kind: Kind, at now: Timestamp) -> Bool {
        let caller = Account(caller: caller, kind: kind)
        if spent.count >= Self.maximumCallers { spent = spent.filter { now - $0.value.since < Self.window } }
        if spent.count >= Self.maximumCallers { spent.removeAll() }
        guard let known = spent[caller], now - known.since < Self.window else {
            spent[caller] = (now, 1)
            return true
        }
        spent[caller] = (known.since, known.count + 1)
        return known.count < Self.limit
    }
}
