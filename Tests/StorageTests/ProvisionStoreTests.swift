import Foundation
import Reconciler
import Storage
import Testing

/// What the contract of ``Store`` says of provisions, over every implementation.
@Suite struct ProvisionStoreTests {
    static let full = Provision(
        group: "live", guid: "live/match \"é\"",
        credentials: PublishSecret(username: "ann", secret: "s3cret", salt: Array(0..<16)),
        geoRules: .init(regions: ["us-east", "europe"], restricted: true), capabilities: [.transcode, .publish],
        streams: [
            .init(
                guid: "live/match_1", abrLevel: 0, qos: 3, destination: "rtmp://x/y",
                details: ["videoParams": #"{"videoWidth":1920,"note":"a \"b\" \\ c"}"#]),
            .init(guid: "live/match_2", abrLevel: 2),
        ],
        distribution: .init(
            nodes: [NodeID("live-origin-1"), NodeID("live-origin-2")], at: Sample.now, capabilities: [.transcode]),
        extra: ["title": #""The match""#])

    private static func plain(_ group: String, _ guid: String) -> Provision {
        Provision(group: group, guid: guid, streams: [.init(guid: guid)])
    }

    private static func change(_ provisions: [Provision.Key: Provision?], events: [Event] = []) -> StoreChange {
        var change = StoreChange(events: events)
        change.provisions = provisions
        return change
    }

    @Test(arguments: StoreKind.allCases)
    func `every field of a provision survives, filled or empty`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let plain = Self.plain("live", "live/a")
            try await store.commit(Self.change([Self.full.key: Self.full, plain.key: plain]))
            #expect(try await store.load().provisions == [plain, Self.full])
            // What became nil is nil afterwards.
            let emptied = Self.plain("live", Self.full.guid)
            try await store.commit(Self.change([emptied.key: emptied]))
            #expect(try await store.load().provisions == [plain, emptied])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the same name in two groups is two provisions, and one of them can go`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let both = [Self.plain("live", "live/a"), Self.plain("vod", "live/a")]
            try await store.commit(Self.change([both[1].key: both[1], both[0].key: both[0]]))
            #expect(try await store.load().provisions == both)
            let nobody = Provision.Key(group: "none", guid: "live/a")
            try await store.commit(Self.change([both[0].key: Provision?.none, nobody: Provision?.none]))
            #expect(try await store.load().provisions == [both[1]])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func `the events of a change are kept with it`(_ kind: StoreKind) async throws {
        try await kind.with { store in
            let plain = Self.plain("live", "live/a")
            try await store.commit(Self.change([plain.key: plain], events: [Sample.event(1)]))
            #expect(try await store.events(after: 0, limit: 10).count == 1)
        }
    }

    @Test func `a secret is in no file of the store`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        try await store.commit(Self.change([Self.full.key: Self.full]))
        await store.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: directory("data")) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: directory("data/" + name)))
            #expect(bytes.range(of: Data("s3cret".utf8)) == nil, "\(name)")
        }
    }

    @Test func `a database of schema 4 takes provisions`() async throws {
        let directory = try TemporaryDirectory()
        let old = try await SQLiteStore.open(
            directory: directory("data"), migrations: Array(Schema.migrations.prefix(4)))
        try await old.commit(StoreChange(upserts: [Sample.node("a")]))
        await old.close()
        let new = try await SQLiteStore.open(directory: directory("data"))
        try await new.commit(Self.change([Self.full.key: Self.full]))
        await new.close()
        let reader = try await SQLiteStore.readOnly(directory: directory("data"))
        #expect(try await reader.load() == StoredState(nodes: [Sample.node("a")], provisions: [Self.full]))
        await reader.close()
    }

    @Test func `a row that this version did not write is refused by name`() async throws {
        let directory = try TemporaryDirectory()
        let damage = "INSERT INTO provisions VALUES('live','live/a','{}')"
        let store = try await SQLiteStore.open(
            directory: directory("data"), migrations: Schema.migrations + [damage])
        await #expect(
            throws: StoreFailure.failed("the database row of provision 'live/a' of 'live' is damaged")
        ) { try await store.load() }
        await store.close()
    }
}
