/// The identities of a store in memory.
struct MemoryIdentity: Sendable {
    /// Users and all that.
    var identity = StoredIdentity()
    /// The newest ``AuditLimits/entries``, the oldest first.
    var entries: ArraySlice<AuditEntry> = []
    /// The id of the newest entry ever.
    var lastEntry: Int64 = 0

    /// Adds one entry and forgets the oldest.
    mutating func record(_ entry: AuditEntry) {
        lastEntry += 1
        var entry = entry
        entry.id = lastEntry
        entries.append(entry)
        while entries.count > AuditLimits.entries || entries.first.map({ $0.at < entry.at - AuditLimits.age }) == true {
            entries.removeFirst()
        }
    }
}

extension MemoryStore: IdentityStore {
    package func identity() -> StoredIdentity { identities.with { $0.identity } }

    package func identityVersion() -> Int64 { identities.with { $0.identity.version } }

    package func commit(_ change: IdentityChange, at version: Int64) -> Bool {
        identities.with { content in
            guard content.identity.version == version else { return false }
            content.identity = content.identity.applying(change)
            return true
        }
    }

    package func record(_ entries: [AuditEntry]) {
        identities.with { content in for entry in entries { content.record(entry) } }
    }

    package func audit(_ query: AuditQuery) -> [AuditEntry] {
        identities.with { content in
            Array(content.entries.reversed().lazy.filter(query.admits).prefix(max(0, query.limit)))
        }
    }
}
