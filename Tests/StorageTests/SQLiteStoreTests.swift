import Foundation
import Glibc
import Reconciler
import Storage
import Testing

/// What only the store on disk does.
@Suite struct SQLiteStoreTests {
    @Test func `everything is there after closing and opening again`() async throws {
        let directory = try TemporaryDirectory()
        let pool = PoolKey(group: "live", region: "eu", role: "origin")
        let history = ScalingHistory(recommendations: [.init(at: Sample.now, nodes: 2)])
        let change = StoreChange(
            upserts: [Sample.fullNode("a"), Sample.node("b")], events: [Sample.event(1)], scaling: [pool: history])
        let first = try await SQLiteStore.open(directory: directory("data"))
        try await first.commit(change)
        try await first.setValue(Data([1, 2]), for: "owner")
        #expect(try await first.commit(Sample.identityChange, at: 0) == true)
        try await first.record([Sample.entry(1)])
        await first.close()

        let second = try await SQLiteStore.open(directory: directory("data"))
        #expect(try await second.load() == StoredState(nodes: change.upserts, scaling: change.scaling))
        #expect(try await second.value("owner") == Data([1, 2]))
        #expect(try await second.identity() == StoredIdentity().applying(Sample.identityChange))
        #expect(try await second.audit(AuditQuery(limit: 9)).map(\.path) == [Sample.entry(1).path])
        try await second.commit(StoreChange(events: [Sample.event(2)]))
        #expect(try await second.events(after: 0, limit: 9).map(\.id) == [1, 2])
    }

    @Test func `the directory and its files are for the owner alone`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("deep/er/data"))
        try await store.commit(StoreChange(upserts: [Sample.node("a")]))
        #expect(try mode(directory("deep/er/data")) == 0o700)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory("deep/er/data"))
        #expect(Set(files).isSuperset(of: ["lock", "smreconcile.db", "smreconcile.db-wal"]))
        for file in files { #expect(try mode(directory("deep/er/data/" + file)) == 0o600, "\(file)") }
        await store.close()
    }

    @Test func `no descriptor of it is inherited by child processes`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        var seen = 0
        for number in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number)
            guard let target, target.hasPrefix(directory.path), let descriptor = CInt(number) else { continue }
            seen += 1
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0, "\(target)")
        }
        #expect(seen >= 3)
        await store.close()
    }

    @Test func `a second opening is refused, naming the process, until the first is closed`() async throws {
        let directory = try TemporaryDirectory()
        let first = try await SQLiteStore.open(directory: directory("data"))
        let want =
            "the data directory '\(directory("data"))' is in use by process \(getpid()); stop it, or use another --data"
        await #expect(throws: StoreFailure.inUse(want)) { try await SQLiteStore.open(directory: directory("data")) }
        await first.close()
        let second = try await SQLiteStore.open(directory: directory("data"))
        await second.close()
    }

    @Test func `a store that is dropped gives the directory free`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await SQLiteStore.open(directory: directory("data"))
        let second = try await SQLiteStore.open(directory: directory("data"))
        await second.close()
    }

    @Test func `a directory is free though a child that was forked meanwhile still has what it had open`() async throws
    {
        let directory = try TemporaryDirectory()
        let first = try await SQLiteStore.open(directory: directory("data"))
        // As such a child has it: another descriptor of the same opening.
        let found = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target == directory("data") + "/lock"
        }.compactMap { CInt($0) }
        try #require(found.count == 1)
        let copy = dup(found[0])
        defer { close(copy) }
        await first.close()
        let second = try await SQLiteStore.open(directory: directory("data"))
        await second.close()
    }

    @Test func `a closed store says so`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        await store.close()
        await #expect(throws: StoreFailure.failed("the store in '\(directory("data"))' is closed")) {
            try await store.load()
        }
    }

    @Test func `a directory that cannot be made is refused with the reason`() async throws {
        let directory = try TemporaryDirectory()
        try Data("a file".utf8).write(to: URL(fileURLWithPath: directory("file")))
        await #expect(throws: StoreFailure.self) { try await SQLiteStore.open(directory: directory("file/data")) }
        await #expect(throws: StoreFailure.self) { try await SQLiteStore.open(directory: directory("file")) }
        await #expect(throws: StoreFailure.self) { try await SQLiteStore.open(directory: "/proc/none/data") }
    }

    @Test func `a file that is no database is refused as damaged and left as it is`() async throws {
        let directory = try TemporaryDirectory()
        let text = Data(String(repeating: "this is no database ", count: 100).utf8)
        try text.write(to: URL(fileURLWithPath: directory("smreconcile.db")))
        do throws(StoreFailure) {
            _ = try await SQLiteStore.open(directory: directory.path)
            Issue.record("a text was opened as a database")
        } catch {
            #expect(error.message.contains("is damaged"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory("smreconcile.db"))) == text)
    }

    // MARK: migrations

    @Test func `a database of schema 1 keeps its scaling history, and takes the new fields`() async throws {
        let directory = try TemporaryDirectory()
        let row = "INSERT INTO scaling VALUES('live','us-east','edge','[1795348800123,5]','[1795348800123,-2]');"
        let old = try await SQLiteStore.open(directory: directory("data"), migrations: [Schema.migrations[0] + row])
        await old.close()
        await #expect(
            throws: StoreFailure.failed(
                "the data directory '\(directory("data"))' was written by an older version of smreconcile; "
                    + "'smreconcile run' brings it up to date")
        ) { try await SQLiteStore.readOnly(directory: directory("data")) }

        let new = try await SQLiteStore.open(directory: directory("data"))
        let edge = PoolKey(group: "live", region: "us-east", role: "edge")
        let history = ScalingHistory(
            recommendations: [.init(at: Sample.now, nodes: 5)], events: [.init(at: Sample.now, change: -2)])
        #expect(try await new.load() == StoredState(scaling: [edge: history]))
        var change = StoreChange(scaling: [edge: Sample.fullHistory])
        change.pauses = ["live": ScalingPause(since: Sample.now, by: "ann")]
        try await new.commit(change)
        await new.close()

        let reader = try await SQLiteStore.readOnly(directory: directory("data"))
        let state = try await reader.load()
        #expect(state.scaling == [edge: Sample.fullHistory])
        #expect(state.pauses == ["live": ScalingPause(since: Sample.now, by: "ann")])
        await reader.close()
    }

    @Test func `an event keeps the commit under which it happened, and a repetition that of the last time`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        var event = Sample.event(1)
        event.commit = .init(id: "aa", author: "Ann")
        try await store.commit(StoreChange(events: [event]))
        event.commit = .init(id: "bb", author: "Bob")
        try await store.commit(StoreChange(events: [event]))
        let kept = try await store.events(after: 0, limit: 10)
        #expect(kept.map(\.commit) == [event.commit] && kept.map(\.count) == [2])
        await store.close()
    }

    @Test func `events of a database of schema 2 happened once, and are counted on`() async throws {
        let directory = try TemporaryDirectory()
        let event = Sample.event(1)
        let row =
            "INSERT INTO events(at,level,reason,subject,message) "
            + "VALUES(\(event.at.milliseconds),'info','\(event.reason)','\(event.subject)','\(event.message)');"
        let old = try await SQLiteStore.open(
            directory: directory("data"), migrations: [Schema.migrations[0], Schema.migrations[1] + row])
        await old.close()
        let new = try await SQLiteStore.open(directory: directory("data"))
        var want = event
        want.id = 1
        #expect(try await new.events(after: 0, limit: 10) == [want])
        try await new.commit(StoreChange(events: [event]))
        want.id = 2
        want.count = 2
        #expect(try await new.events(after: 0, about: event.subject, limit: 10) == [want])
        await new.close()
    }

    @Test func `a commit that fails counts nothing`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        try await store.commit(StoreChange(events: [Sample.event(1)]))
        let before = try await store.events(after: 0, limit: 10)
        try await store.limit(pages: 1)
        var large = Sample.event(2)
        large.message = String(repeating: "x", count: 1_000_000)
        await #expect(throws: StoreFailure.self) {
            try await store.commit(StoreChange(events: [Sample.event(1), large]))
        }
        #expect(try await store.events(after: 0, limit: 10) == before)
        await store.close()
    }

    @Test func `an older database is brought up to date with what is in it`() async throws {
        let directory = try TemporaryDirectory()
        let old = try await SQLiteStore.open(directory: directory("data"))
        try await old.commit(StoreChange(upserts: [Sample.fullNode("a")]))
        await old.close()
        let steps =
            Schema.migrations + ["ALTER TABLE nodes ADD COLUMN zone TEXT", "UPDATE nodes SET address='moved'"]
        let new = try await SQLiteStore.open(directory: directory("data"), migrations: steps)
        var want = Sample.fullNode("a")
        want.address = "moved"
        #expect(try await new.load().nodes == [want])
        await new.close()
        // The steps are not taken twice: a second ALTER TABLE would fail.
        let again = try await SQLiteStore.open(directory: directory("data"), migrations: steps)
        #expect(try await again.load().nodes == [want])
        await again.close()
    }

    @Test func `a migration that fails changes nothing`() async throws {
        let directory = try TemporaryDirectory()
        let old = try await SQLiteStore.open(directory: directory("data"))
        try await old.commit(StoreChange(upserts: [Sample.node("a")]))
        await old.close()
        await #expect(throws: StoreFailure.self) {
            try await SQLiteStore.open(
                directory: directory("data"), migrations: Schema.migrations + ["DELETE FROM nodes", "no SQL"])
        }
        let again = try await SQLiteStore.open(directory: directory("data"))
        #expect(try await again.load().nodes == [Sample.node("a")])
        await again.close()
    }

    @Test func `a database of a newer version is refused and left as it is`() async throws {
        let directory = try TemporaryDirectory()
        let newer = try await SQLiteStore.open(
            directory: directory("data"), migrations: Schema.migrations + ["CREATE TABLE later (x)"])
        await newer.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: directory("data/smreconcile.db")))
        let want = StoreFailure.tooNew(
            "the data directory '\(directory("data"))' was written by a newer version of smreconcile (schema "
                + "\(Schema.migrations.count + 1), this one knows \(Schema.migrations.count)); use that version, or "
                + "another --data")
        await #expect(throws: want) { try await SQLiteStore.open(directory: directory("data")) }
        await #expect(throws: want) { try await SQLiteStore.readOnly(directory: directory("data")) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory("data/smreconcile.db"))) == before)
    }

    @Test(arguments: [
        "", "[", "]", "[,]", "[1", "{}", #"["a]"#, #"["a\]"#, #"["a\u00]"#, #"["a\u12345"]"#, #"["a","b","edge",]"#,
        #"["a","b","edge",-]"#, #"["a","b","edge",1,]"#, #"["a","b","edge",99999999999999999999]"#,
        #"["a","b","edge",1 ]"#, #"["a","b","none",1]"#, #"["a","b","edge"]"#, #"["a""b","edge",1]"#,
        #"[1,2,"edge",1]"#,
        "null", "\u{0}",
    ])
    func `a damaged list is a failure that names the node, never a crash`(_ text: String) async throws {
        for column in ["streams", "metrics", "endpoints"] {
            let directory = try TemporaryDirectory()
            let damage = "UPDATE nodes SET \(column)=CAST(x'\(text.utf8.map(hex).joined())' AS TEXT)"
            let first = try await SQLiteStore.open(directory: directory("data"))
            try await first.commit(StoreChange(upserts: [Sample.fullNode("a")]))
            await first.close()
            let store = try await SQLiteStore.open(
                directory: directory("data"), migrations: Schema.migrations + [damage])
            await #expect(
                throws: StoreFailure.failed("the database row of node 'a' is damaged in its column '\(column)'")
            ) { try await store.load() }
            await store.close()
        }
    }

    // MARK: reading beside a daemon

    @Test func `a reader sees what was committed while the daemon has it open`() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try await SQLiteStore.open(directory: directory("data"))
        try await daemon.commit(StoreChange(upserts: [Sample.node("a")]))
        let reader = try await SQLiteStore.readOnly(directory: directory("data"))
        #expect(try await reader.load().nodes.map(\.id.rawValue) == ["a"])
        try await daemon.commit(StoreChange(upserts: [Sample.node("b")]))
        #expect(try await reader.load().nodes.map(\.id.rawValue) == ["a", "b"])
        await reader.close()
        try await daemon.commit(StoreChange(upserts: [Sample.node("c")]))
        #expect(try await daemon.load().nodes.count == 3)
        await daemon.close()
    }

    @Test func `every change through a reader is refused`() async throws {
        let directory = try TemporaryDirectory()
        let daemon = try await SQLiteStore.open(directory: directory("data"))
        let reader = try await SQLiteStore.readOnly(directory: directory("data"))
        let want = StoreFailure.failed("the store in '\(directory("data"))' was opened to read only")
        await #expect(throws: want) { try await reader.commit(StoreChange(upserts: [Sample.node("a")])) }
        await #expect(throws: want) { try await reader.setValue(Data(), for: "x") }
        await #expect(throws: want) { try await reader.commit(Sample.identityChange, at: 0) }
        await #expect(throws: want) { try await reader.record([Sample.entry(1)]) }
        await reader.close()
        #expect(try await daemon.load() == StoredState())
        await daemon.close()
    }

    @Test func `a reader of a closed store changes no file and makes none`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory("da ta?#%é")
        let daemon = try await SQLiteStore.open(directory: data)
        try await daemon.commit(StoreChange(upserts: [Sample.fullNode("a")]))
        await daemon.close()
        let before = try contents(of: data)
        #expect(before.keys.sorted() == ["lock", "smreconcile.db"])
        let reader = try await SQLiteStore.readOnly(directory: data)
        #expect(try await reader.load().nodes == [Sample.fullNode("a")])
        await reader.close()
        #expect(try contents(of: data) == before)
    }

    @Test func `a reader of a directory without a database is refused and makes nothing`() async throws {
        let directory = try TemporaryDirectory()
        await #expect(throws: StoreFailure.self) { try await SQLiteStore.readOnly(directory: directory("none")) }
        await #expect(throws: StoreFailure.self) { try await SQLiteStore.readOnly(directory: directory.path) }
        #expect(try contents(of: directory.path).isEmpty)
    }

    private func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? -1
    }

    private func contents(of directory: String) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
            contents[name] = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
        }
        return contents
    }
}
