package import Reconciler

/// What a ticket lets its bearer do, at one node with one stream.
package struct TicketGrant: Sendable, Equatable {
    /// What for.
    package enum Action: String, Sendable, CaseIterable {
        /// A client sends the stream.
        case publish
        /// A client plays it.
        case subscribe
        /// Another node of ours gets it for its own clients.
        case pull

        /// That of a client.
        package init(_ action: StreamAction) {
            switch action {
            case .publish: self = .publish
            case .subscribe: self = .subscribe
            }
        }
    }

    package var action: Action
    package var stream: StreamKey
    /// Where the ticket is shown.
    package var node: NodeID

    /// All of it.
    package init(_ action: Action, _ stream: StreamKey, at node: NodeID) {
        self.action = action
        self.stream = stream
        self.node = node
    }
}

/// Who a ticket is made for: an application's name for its user, or a node.
package enum TicketClient {
    /// Bytes of UTF-8.
    package static let lengths = 1...128

    /// 1 to 128 bytes without control characters.
    package static func isValid(_ text: String) -> Bool {
        lengths.contains(text.utf8.count) && !StreamName.hasControls(text)
    }
}

/// What a client shows to get in: the arguments `ticket` and `client` of its URL.
package struct PresentedTicket: Sendable, Equatable {
    /// Nil: none.
    package var ticket: String?
    /// Whom the short form says it was made for.
    package var client: String?

    /// Both as given.
    package init(ticket: String?, client: String? = nil) {
        self.ticket = ticket
        self.client = client
    }

    /// Of a media server's form. Its own fields come first, and a client's arguments last: neither `ticket` nor `client` is among
    /// the former.
    package init(_ form: FormFields) throws(Problem) {
        ticket = try form.text("ticket").flatMap { $0.isEmpty ? nil : $0 }
        client = try form.text("client")
    }
}
