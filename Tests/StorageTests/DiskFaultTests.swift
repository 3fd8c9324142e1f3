import Foundation
import Glibc
import Reconciler
import Storage
import Testing

/// Full disks and killed processes.
@Suite struct DiskFaultTests {
    /// Nodes of about 100 KiB each.
    static func large(_ names: ClosedRange<Int>) -> [Node] {
        names.map {
            var node = Sample.node("large-\($0)")
            node.reason = String(repeating: "x", count: 100_000)
            return node
        }
    }

    /// Fills `store` until a commit fails, and checks that nothing of that commit is there and that reading goes on.
    static func fill(_ store: SQLiteStore) async throws -> [Node] {
        for count in 1...1000 {
            do throws(StoreFailure) {
                try await store.commit(
                    StoreChange(
                        upserts: [Sample.node("small-\(count)")] + large(count...count), events: [Sample.event(count)]))
            } catch {
                guard case .full = error else {
                    Issue.record("the full disk was reported as \(error)")
                    return []
                }
                let nodes = try await store.load().nodes
                #expect(nodes.count == 2 * (count - 1))
                #expect(try await store.events(after: 0, limit: 1000).count == count - 1)
                #expect(!nodes.contains { $0.id.rawValue == "small-\(count)" })
                return nodes
            }
        }
        Issue.record("the disk never became full")
        return []
    }

    @Test func `a full database throws full, changes nothing, and goes on when there is room`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory("data"))
        try await store.limit(pages: 200)
        let before = try await Self.fill(store)
        try await store.limit(pages: 1_000_000)
        try await store.commit(StoreChange(upserts: Self.large(2000...2010), events: [Sample.event(0)]))
        #expect(try await store.load().nodes.count == before.count + 11)
        await store.close()
    }

    @Test func `a full file system throws full, changes nothing, and goes on when there is room`() async throws {
        let directory = try TemporaryDirectory()
        guard unsafe mount("tmpfs", directory.path, "tmpfs", 0, "size=4m") == 0 else {
            try Test.cancel("mounting needs root; the test before shows the same without it")
        }
        defer { unsafe umount2(directory.path, CInt(MNT_DETACH)) }
        let ballast = URL(fileURLWithPath: directory("ballast"))
        try Data(count: 1 << 20).write(to: ballast)
        let store = try await SQLiteStore.open(directory: directory("data"))
        let before = try await Self.fill(store)
        #expect(before.count > 4)
        try FileManager.default.removeItem(at: ballast)
        try await store.commit(StoreChange(upserts: [Sample.fullNode("after")], events: [Sample.event(0)]))
        #expect(try await store.load().nodes.count == before.count + 1)
        await store.close()
        let again = try await SQLiteStore.open(directory: directory("data"))
        #expect(try await again.load().nodes.contains(Sample.fullNode("after")))
        await again.close()
    }

    @Test func `another process is refused and told whose the directory is`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory("data")
        let holder = getpid()
        let store = try await SQLiteStore.open(directory: data)
        await #expect(processExitsWith: .success) { [data = data as String, holder = holder as pid_t] in
            do throws(StoreFailure) {
                _ = try await SQLiteStore.open(directory: data)
                exit(1)
            } catch {
                let isRight = error.message.contains("is in use by process \(holder);")
                exit(isRight ? 0 : 2)
            }
        }
        await store.close()
    }

    @Test func `what was acknowledged is there after a kill amid commits, and the lock is free`() async throws {
        let directory = try TemporaryDirectory()
        let (data, journal) = (directory("data"), directory("acknowledged"))
        await #expect(processExitsWith: .signal(SIGKILL)) { [data = data as String, journal = journal as String] in
            let store = try await SQLiteStore.open(directory: data)
            let file = unsafe open(journal, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for count in 0... {
                            try await store.commit(
                                StoreChange(
                                    upserts: [Sample.fullNode("\(worker)-\(count)")], events: [Sample.event(count)]))
                            let line = Array("\(worker)-\(count)\n".utf8)
                            _ = unsafe write(file, line, line.count)
                            // The other workers are within a commit, or wait for one.
                            if worker == 0, count == 100 { kill(getpid(), SIGKILL) }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let lines = try String(contentsOfFile: journal, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count > 100)
        // The log and its index were left behind: a reader gets along with them.
        let reader = try await SQLiteStore.readOnly(directory: data)
        let seen = try await reader.load().nodes
        await reader.close()
        let store = try await SQLiteStore.open(directory: data)
        let nodes = try await store.load().nodes
        #expect(nodes == seen)
        let ids = Set(nodes.map(\.id.rawValue))
        #expect(ids.isSuperset(of: lines))
        // At most one commit of each worker was done but not acknowledged, and none is there by half.
        #expect(ids.count <= lines.count + 4)
        #expect(nodes.allSatisfy { $0 == Sample.fullNode($0.id.rawValue) })
        #expect(try await store.events(after: 0, limit: .max).count == nodes.count)
        await store.close()
    }
}
