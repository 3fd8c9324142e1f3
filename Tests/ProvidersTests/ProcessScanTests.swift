import Foundation
import Glibc
import Reconciler
import Testing

@testable import Providers

@Suite("Looks at the processes of the machine")
struct ProcessScanTests {
    @Test("are shared by those who asked before they began, and by nobody who asked later")
    func sharing() {
        let scans = ProcessScans()
        let early = ContinuousClock.now
        let first = scans.since(early)
        #expect(first.begunAt >= early && first.living.contains { $0.pid == getpid() })
        #expect(scans.since(early).begunAt == first.begunAt)
        let late = ContinuousClock.now
        let second = scans.since(late)
        #expect(second.begunAt >= late)
        #expect(scans.since(early).begunAt == second.begunAt)
        scans.forget()
        #expect(scans.since(early).begunAt > second.begunAt)
    }

    @Test("find the nodes that stop together, and each ends")
    func together() async throws {
        try await withLocalNodes { nodes in
            let provider = nodes.provider(
                ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"], stopTimeout: .milliseconds(300))
            var made: [Instance] = []
            for number in 1...6 { made.append(try await provider.create(request("n\(number)"))) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for instance in made {
                    group.addTask {
                        try await provider.destroy(
                            InstanceReference(id: instance.id, tags: instance.tags, token: instance.token))
                    }
                }
                try await group.waitForAll()
            }
            let listed = try await provider.list(owner: "us", region: "lab").instances
            #expect(listed.allSatisfy { $0.state == .stopping })
            #expect(try await eventually { try await provider.list(owner: "us", region: "lab").instances.isEmpty })
        }
    }
}
