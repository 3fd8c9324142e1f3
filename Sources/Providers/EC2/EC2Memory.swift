/// Which offer was last asked for, by token.
///
/// When an answer was lost, the same offer must be asked for again before any other: its client token brings the instance that may have
/// been made, and another offer would make a second one.
struct EC2Memory: Sendable {
    /// Tokens that are remembered. One that is older has long been listed.
    static let capacity = 4096

    private var offers: [String: Int] = [:]
    private var order: [String] = []

    /// The number of the offer; nil: none was asked for.
    func offer(_ token: String) -> Int? { offers[token] }

    /// Before it is asked for.
    mutating func note(_ offer: Int, _ token: String) {
        if offers.updateValue(offer, forKey: token) == nil { order.append(token) }
        guard order.count > Self.capacity else { return }
        // Half at a time, so that each costs little.
        for old in order.prefix(Self.capacity / 2) { offers[old] = nil }
        order.removeFirst(Self.capacity / 2)
    }

    /// It was refused for certain: the next create begins with the first offer again.
    mutating func forget(_ token: String) {
        if offers.removeValue(forKey: token) != nil { order.removeAll { $0 == token } }
    }
}
