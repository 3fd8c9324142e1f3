import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("The spec's files are followed")
struct SpecFollowerTests {
    private static func spec(edges: Int, _ more: String = "") -> String {
        """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [{name: here}]
          roles:
            edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: \(edges)\(more)}

        """
    }

    /// What the follower says: the number of edges of a spec in force, or what is wrong.
    private enum News: Equatable, Sendable {
        case edges(Int)
        case refused(String)
    }

    @Test("a change between the first reading and the following is not missed, and nothing is told twice")
    func early() async throws {
        let folder = NSTemporaryDirectory() + "smreconcile-follower-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/cluster.yaml"
        func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }

        let follower = SpecFollower(paths: [file], store: MemoryStore(), time: SystemTime())
        try write(Self.spec(edges: 2))
        let start = try await follower.start()
        #expect(start.problems.isEmpty && start.spec.groups.first?.roles.first?.min == 2)

        try write(Self.spec(edges: 3))
        let again = Waker()
        let (news, continuation) = AsyncStream.makeStream(of: News.self)
        let following = Task {
            try await follower.run(since: start, again: again) { files in
                let reading = SpecParts(files: files).read()
                if let spec = reading.spec { continuation.yield(.edges(spec.groups.first?.roles.first?.min ?? 0)) }
                return reading
            } refuse: { errors in
                continuation.yield(.refused(errors.first?.message ?? ""))
            }
        }
        defer { following.cancel() }
        var heard = news.makeAsyncIterator()
        #expect(await heard.next() == .edges(3))
        // The same again in a new file is no news; the next is the broken one.
        try write(Self.spec(edges: 3))
        again.wake()
        try write(Self.spec(edges: 4, ", maxx: 9"))
        let refusal = await heard.next()
        guard case .refused(let words) = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(words.contains("unknown key 'maxx'"))

        // A start with the broken file has what was good, says what is wrong, and tells of the mending alone.
        let second = try await follower.start()
        #expect(second.spec.groups.first?.roles.first?.min == 3)
        #expect(second.problems.contains { $0.message.contains("maxx") })
        try write(Self.spec(edges: 5))
        #expect(await heard.next() == .edges(5))
    }
}
