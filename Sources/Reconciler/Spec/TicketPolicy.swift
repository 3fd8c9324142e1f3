/// `tickets: {publish: required, subscribe: open}` of a node group: whether its nodes let in clients without a ticket of the manager.
package struct TicketPolicy: Sendable, Equatable, Codable {
    /// Who is let in.
    package enum Need: String, Sendable, Codable, CaseIterable {
        /// Everybody.
        case open
        /// Only who shows a ticket that was made for this.
        case required
    }

    package var publish = Need.open
    package var subscribe = Need.open

    /// The defaults: everybody is let in.
    package init() {}

    /// Both are given.
    package init(publish: Need, subscribe: Need) {
        self.publish = publish
        self.subscribe = subscribe
    }

    /// Whether a client of that kind needs a ticket.
    package func isRequired(for action: StreamAction) -> Bool {
        switch action {
        case .publish: publish == .required
        case .subscribe: subscribe == .required
        }
    }

    /// Whether nobody needs one.
    package var isOpen: Bool { publish == .open && subscribe == .open }
}
