internal import Reconciler

/// How many connections there are, in all and of each address, over all listening sockets.
final class ConnectionLedger: Sendable {
    /// Whether a connection may be used.
    enum Verdict: Equatable {
        /// It may.
        case taken
        /// Everybody together has too many.
        case full
        /// This address has too many.
        case tooManyOfAddress
    }

    /// Connections over a limit that still get an answer that says so: a sixteenth of it and some. Who goes on is not even
    /// answered.
    static func excess(over limit: Int) -> Int { limit / 16 + 16 }

    private struct State: Sendable {
        var total = 0
        var byAddress: [UInt128: Int] = [:]
    }

    private let state = Locked(State())

    /// Counts a connection in, whatever the verdict: it is open until ``leave(_:)``.
    func enter(_ address: IPAddress?, _ rules: ServingRules) -> Verdict {
        state.with { state in
            state.total += 1
            if let address { state.byAddress[Self.key(address), default: 0] += 1 }
            return Self.verdict(state, address, rules, excess: false)
        }
    }

    /// Counts a connection out.
    func leave(_ address: IPAddress?) {
        state.with { state in
            state.total -= 1
            guard let address, let count = state.byAddress[Self.key(address)] else { return }
            state.byAddress[Self.key(address)] = count > 1 ? count - 1 : nil
        }
    }

    /// Whether a further connection of this address would be so far over a limit that it gets no answer.
    func isFlooded(_ address: IPAddress?, _ rules: ServingRules) -> Bool {
        state.with { Self.verdict($0, address, rules, excess: true) != .taken }
    }

    private static func verdict(
        _ state: State, _ address: IPAddress?, _ rules: ServingRules, excess isExcess: Bool
    ) -> Verdict {
        func isOver(_ count: Int, _ limit: Int) -> Bool {
            isExcess ? count >= limit + excess(over: limit) : count > limit
        }
        if let address, let limit = rules.connectionLimit(of: address),
            isOver(state.byAddress[key(address)] ?? 0, limit)
        {
            return .tooManyOfAddress
        }
        return isOver(state.total, rules.limits.connections) ? .full : .taken
    }

    /// An IPv6 host has a whole /64 to itself (RFC 4291 section 2.5.1).
    private static func key(_ address: IPAddress) -> UInt128 {
        address.isVersion4 ? address.bits : (address.bits >> 64) << 64
    }
}
