/// What the events of one commit do to those that a store keeps: which are new, and in whose place.
///
/// Pure, and asked by every store, so that all count alike.
package struct EventMerge: Sendable, Equatable {
    /// What is to be kept, in the order of the last times, without ids. One that repeats, within the commit or what is kept,
    /// is here once, counted.
    package let added: [Event]
    /// The ids of kept events that one of ``added`` takes the place of.
    package let replaced: [Int64]

    /// The events of a commit in their order. `latest` gives the newest kept event of an identity; it is asked once for each.
    package init<Failure: Error>(
        _ events: [Event], latest: (Event.Identity) throws(Failure) -> Event?
    ) throws(Failure) {
        var added: [Event?] = []
        var replaced: [Int64] = []
        // Where in `added` the newest of an identity is.
        var places: [Event.Identity: Int] = [:]
        for event in events {
            let identity = event.identity
            let before = if let place = places[identity] { added[place] } else { try latest(identity) }
            let both = before?.repeated(by: event)
            if both != nil {
                if let place = places[identity] { added[place] = nil } else { replaced += before.map { [$0.id] } ?? [] }
            }
            places[identity] = added.count
            added.append(both ?? event)
        }
        self.added = added.compactMap(\.self)
        self.replaced = replaced
    }
}
