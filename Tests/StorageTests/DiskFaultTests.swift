import Foundation
import Glibc
import Reconciler
import Storage
import Testing

/// Full disks. What a killed process leaves behind is tested with the built command, in EndToEndTests.
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
}
