import Foundation
import Reconciler
import Storage
import Testing

/// The contract of ``IdentityStore``, over every implementation.
@Suite struct IdentityStoreTests {
    @Test(arguments: StoreKind.allCases)
    func `every field survives, and nil forgets`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let change = Sample.identityChange
            #expect(try await store.commit(change, at: 0) == true)
            let want = StoredIdentity().applying(change)
            #expect(try await store.identity() == want)
            #expect(try await store.identityVersion() == 1)
            // What became nil is nil afterwards.
            var emptied = IdentityChange()
            emptied.users["ada"] = Sample.user("ada", role: .app)
            emptied.sessions["s1"] = StoredSession(
                id: "s1", user: "ada", role: .app, createdAt: Sample.now, expiresAt: Sample.now, address: "")
            emptied.tokens["t1"] = StoredAPIToken?.none
            emptied.tokens["nobody"] = StoredAPIToken?.none
            emptied.keys["k1"] = StoredKey?.none
            #expect(try await store.commit(emptied, at: 1) == true)
            #expect(try await store.identity() == want.applying(emptied))
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `a change that was decided on another version changes nothing`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            #expect(try await store.commit(Sample.identityChange, at: 0) == true)
            let before = try await store.identity()
            var change = IdentityChange()
            change.users["eve"] = Sample.user("eve", role: .admin)
            for version: Int64 in [0, 2, -1] { #expect(try await store.commit(change, at: version) == false) }
            #expect(try await store.identity() == before)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `of many changes at once one wins each version`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<20 {
                    var change = IdentityChange()
                    change.users["u\(index)"] = Sample.user("u\(index)")
                    group.addTask { [change] in try await store.commit(change, at: 0) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await store.identity().users.count == 1)
            #expect(try await store.identityVersion() == 1)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `audit entries come newest first, by every filter`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            try await store.record((1...5).map(Sample.entry))
            try await store.record((6...9).map(Sample.entry))
            try await store.record([])
            func numbers(_ query: AuditQuery) async throws -> [Int64] { try await store.audit(query).map(\.id) }
            #expect(try await numbers(AuditQuery(limit: 100)) == [9, 8, 7, 6, 5, 4, 3, 2, 1])
            #expect(try await numbers(AuditQuery(limit: 2)) == [9, 8])
            #expect(try await numbers(AuditQuery(limit: 0)) == [])
            #expect(try await numbers(AuditQuery(before: 8, limit: 2)) == [7, 6])
            #expect(try await numbers(AuditQuery(subject: "user-1", limit: 9)) == [7, 4, 1])
            #expect(try await numbers(AuditQuery(since: Sample.now + .milliseconds(7), limit: 9)) == [9, 8, 7])
            #expect(
                try await numbers(
                    AuditQuery(subject: "user-1", since: Sample.now + .milliseconds(2), before: 7, limit: 9)) == [4])
            var want = Sample.entry(9)
            want.id = 9
            #expect(try await store.audit(AuditQuery(limit: 1)) == [want])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the audit log is bounded by count and by age`(_ kind: StoreKind) async throws {
        try await kind.with { store async throws in
            let many = AuditLimits.entries + 10
            for start in stride(from: 0, to: many, by: 10_000) {
                try await store.record((start..<min(start + 10_000, many)).map(Sample.entry))
            }
            let oldest = try await store.audit(AuditQuery(before: 13, limit: 9))
            #expect(oldest.map(\.id) == [12, 11])
            var late = Sample.entry(1)
            late.at = Sample.now + AuditLimits.age + .seconds(3600)
            try await store.record([late])
            #expect(try await store.audit(AuditQuery(limit: 9)).map(\.id) == [Int64(many + 1)])
        }
    }

    @Test func `users of a database of before are there, at a version that is not 0`() async throws {
        let directory = try TemporaryDirectory()
        var earlier = Array(Schema.migrations.prefix { !$0.contains("CREATE TABLE identity") })
        earlier[earlier.count - 1] += "INSERT INTO users VALUES('ada','admin','scrypt$x',1000,0);"
        let old = try await SQLiteStore.open(directory: directory("data"), migrations: earlier)
        await old.close()
        let store = try await SQLiteStore.open(directory: directory("data"))
        let identity = try await store.identity()
        #expect(identity.users["ada"]?.role == .admin)
        #expect(identity.version == 1)
        await store.close()
    }
}
