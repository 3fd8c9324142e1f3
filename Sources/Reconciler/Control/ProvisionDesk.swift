/// Makes, changes and forgets provisions: one change at a time, in the store before anything goes by it.
package actor ProvisionDesk {
    private let store: any Store
    private let live: LiveState
    private let log: @Sendable (Event) -> Void
    /// The last change in line.
    private var last: Task<Void, Never>?
    /// A distribution that the store did not take is offered again after this.
    private static let retryDelay: Duration = .seconds(5)

    /// A desk for the provisions in `live`; `log` gets every event that was stored.
    package init(store: any Store, live: LiveState, log: @escaping @Sendable (Event) -> Void = { _ in }) {
        self.store = store
        self.live = live
        self.log = log
    }

    /// Adds all of these, or none: throws ``ProvisionFailure/conflict(_:)`` when one of their names is taken, or they are too many.
    package func create(_ new: [Provision], by user: String, at now: Timestamp) async throws(ProvisionFailure) {
        try await inTurn { (desk) throws(ProvisionFailure) in
            if let conflict = desk.live.provisions.read({ $0.conflict(new, replacing: false) }) {
                throw .conflict(conflict)
            }
            for (group, more) in Dictionary(grouping: new, by: \.group) {
                let count = desk.live.provisions.read { $0.count(of: group) } + more.count
                guard count <= ProvisionLimits.perGroup else {
                    throw .conflict(
                        "node group '\(group)' would have \(count) provisions; the most are \(ProvisionLimits.perGroup): "
                            + "delete those of streams that are over")
                }
            }
            try await desk.commit(
                Dictionary(uniqueKeysWithValues: new.map { ($0.key, $0) }), "ProvisionCreated", user, now)
        }
    }

    /// Puts all of these in the places of those with their names, or none. Throws ``ProvisionFailure/notFound(_:)`` when there is
    /// no such one and ``ProvisionFailure/conflict(_:)`` when it is distributed, or the name of a stream is taken. `keepsSecret` says
    /// of which the credentials stay as they are, and under which name.
    package func replace(
        _ new: [Provision], keepsSecret: [Provision.Key: String?], by user: String, at now: Timestamp
    ) async throws(ProvisionFailure) {
        try await inTurn { (desk) throws(ProvisionFailure) in
            var changes: [Provision.Key: Provision?] = [:]
            for var provision in new {
                let old = try desk.known(provision.key)
                guard old.distribution == nil else {
                    throw .conflict(
                        "the provision '\(old.guid)' is distributed and cannot be changed any more; delete it and make it anew"
                    )
                }
                if let username = keepsSecret[provision.key] {
                    guard let secret = old.credentials, secret.username == username else {
                        throw .conflict(
                            "the provision '\(old.guid)' has no credentials of that name that could stay as they are; send the secret"
                        )
                    }
                    provision.credentials = secret
                }
                changes[provision.key] = provision
            }
            if let conflict = desk.live.provisions.read({ $0.conflict(new, replacing: true) }) {
                throw .conflict(conflict)
            }
            try await desk.commit(changes, "ProvisionChanged", user, now)
        }
    }

    /// Forgets one; its publishers need nothing any more, and its nodes are not kept for it.
    package func delete(_ key: Provision.Key, by user: String, at now: Timestamp) async throws(ProvisionFailure) {
        try await inTurn { (desk) throws(ProvisionFailure) in
            _ = try desk.known(key)
            try await desk.commit([key: Provision?.none], "ProvisionDeleted", user, now)
        }
    }

    /// Picks the nodes of one now, and keeps to them. Throws ``ProvisionFailure/noRoom(_:)`` when none fits.
    package func distribute(
        _ key: Provision.Key, _ placement: ProvisionPlacement, by user: String, at now: Timestamp
    ) async throws(ProvisionFailure) -> Provision {
        try await inTurn { (desk) throws(ProvisionFailure) in
            var provision = try desk.known(key)
            let live = desk.live
            func isLive(_ guid: String) -> Bool {
                StreamKey.all(of: guid).contains { live.streams.entry($0)?.live != nil }
            }
            let nodes = placement.nodes(
                for: provision, in: live.view, promised: live.provisions.table.promises(notCounting: isLive),
                isLive: isLive)
            guard !nodes.isEmpty else { throw .noRoom(placement.refusal(of: provision)) }
            let capabilities = placement.wanted(for: provision)
            if let old = provision.distribution, old.nodes == nodes, Set(old.capabilities) == capabilities {
                return provision
            }
            provision.distribution = .init(nodes: nodes, at: now, capabilities: capabilities)
            let words = "to \(nodes.map(\.rawValue).joined(separator: ", "))"
            try await desk.commit([key: provision], "ProvisionDistributed", user, now, words)
            return provision
        }
    }

    /// Stores what requests found out: that publishers of a distributed provision go elsewhere, since its node serves no more.
    package func storeMoves(at now: Timestamp) async throws(ProvisionFailure) {
        try await inTurn { (desk) throws(ProvisionFailure) in
            let moved = desk.live.provisions.moved
            if moved.isEmpty { return }
            var change = StoreChange()
            for provision in moved {
                change.provisions[provision.key] = provision
                let node = provision.distribution?.nodes.first?.rawValue ?? "nowhere"
                change.events.append(
                    Event(
                        at: now, level: .warning, reason: "ProvisionMoved", subject: "\(provision.key)",
                        message: "to \(node): the node that it was distributed to serves no more"))
            }
            try await desk.store(change)
            desk.live.provisions.markStored(moved)
        }
    }

    /// Stores moves as they come, until the task is cancelled.
    package func run(time: any TimeSource) async throws {
        for await _ in live.provisions.moves.calls {
            if Task.isCancelled { return }
            do throws(ProvisionFailure) {
                try await storeMoves(at: time.now())
            } catch {
                // The loop tells of a store that takes nothing.
                try await time.sleep(for: Self.retryDelay)
                live.provisions.moves.wake()
            }
        }
    }

    private nonisolated func known(_ key: Provision.Key) throws(ProvisionFailure) -> Provision {
        if let provision = live.provisions.read({ $0[key]?.provision }) { return provision }
        let names = live.provisions.table.provisions(of: key.group).map(\.guid)
        throw .notFound(Suggestion.noSuch("provision", key.guid, in: "node group '\(key.group)'", among: names))
    }

    private nonisolated func commit(
        _ changes: [Provision.Key: Provision?], _ reason: String, _ user: String, _ now: Timestamp, _ words: String = ""
    ) async throws(ProvisionFailure) {
        var change = StoreChange()
        change.provisions = changes
        change.events = changes.keys.sorted().map {
            Event(
                at: now, reason: reason, subject: "\($0)",
                message: words.isEmpty ? "by \(user)" : "\(words), by \(user)")
        }
        try await store(change)
        live.provisions.take(changes)
    }

    private nonisolated func store(_ change: StoreChange) async throws(ProvisionFailure) {
        do {
            try await store.commit(change)
        } catch {
            throw .unavailable("the store does not take it: \(error.message)")
        }
        change.events.forEach(log)
    }

    /// Runs `work` after all changes that came before: what it looked up still holds when it is stored.
    private func inTurn<Value: Sendable>(
        _ work: @escaping @Sendable (ProvisionDesk) async throws(ProvisionFailure) -> Value
    ) async throws(ProvisionFailure) -> Value {
        let before = last
        let task = Task(name: "provision change") { () async -> Result<Value, ProvisionFailure> in
            await before?.value
            do throws(ProvisionFailure) { return .success(try await work(self)) } catch { return .failure(error) }
        }
        last = Task(name: "provision turn") { _ = await task.value }
        return try await task.value.get()
    }
}

/// Why nothing was done about a provision.
package enum ProvisionFailure: Error, Equatable, Sendable {
    /// There is none of that name.
    case notFound(String)
    /// A name is taken, or it is too late.
    case conflict(String)
    /// No node fits.
    case noRoom(String)
    /// The store could not record it.
    case unavailable(String)
}

extension ProvisionPlacement {
    /// That no node fits, in words.
    func refusal(of provision: Provision) -> String {
        let wanted = wanted(for: provision).map(\.rawValue).sorted()
        var bounds = wanted.isEmpty ? [] : ["it must be capable of \(wanted.joined(separator: ", "))"]
        if let rules = provision.geoRules {
            bounds.append(
                "geoRules \(rules.restricted ? "bar" : "allow only") \(rules.regions.joined(separator: ", "))")
        }
        if strict, !regions.isEmpty { bounds.append("strict allows only \(regions.joined(separator: ", "))") }
        let count = strict && endpoints > 1 ? "fewer than \(endpoints) nodes have" : "no node has"
        return "\(count) room for the \(provision.streams.count) streams of '\(provision.guid)'"
            + (bounds.isEmpty ? "" : ": \(bounds.joined(separator: "; "))")
    }
}
