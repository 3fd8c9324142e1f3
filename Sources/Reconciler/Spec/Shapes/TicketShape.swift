extension Shape where Value == TicketPolicy {
    /// `tickets` of a node group.
    static let ticketPolicy = Shape.object("tickets", make: { TicketPolicy() }) { fields in
        fields.add(
            "publish", Shape<TicketPolicy.Need>.oneOf("need of tickets"),
            "required: who publishes shows a ticket of the manager; open: anybody may.", default: "open",
            example: "required",
            synonyms: ["publisher", "publishers"]
        ) { $0.publish = $1 }
        fields.add(
            "subscribe", Shape<TicketPolicy.Need>.oneOf("need of tickets"),
            "required: who plays shows a ticket of the manager; open: anybody may.", default: "open",
            example: "required",
            synonyms: ["play", "subscriber", "subscribers"]
        ) { $0.subscribe = $1 }
    }
}

extension Shape where Value == ManagerSpec.Tickets {
    /// `tickets` of the manager.
    static let tickets = Shape.object("tickets", make: { ManagerSpec.Tickets() }) { fields in
        fields.add(
            "lifetime", Shape<Duration>.ticketLifetime, "How long a client may take to come with its ticket.",
            default: "60s", example: "30s",
            synonyms: ["expiry", "ttl"]
        ) { $0.lifetime = $1 }
    }
}

extension Shape where Value == Duration {
    /// Whole seconds, since that is how a ticket tells its end; a day at most, since a ticket cannot be called back.
    static let ticketLifetime = Shape<Duration>.duration(.seconds(1) ... .seconds(86_400)).map {
        value, node, context -> Duration? in
        guard value.components.attoseconds == 0 else {
            context.expected("whole seconds", node)
            return nil
        }
        return value
    }
}
