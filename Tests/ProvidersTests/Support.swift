import Foundation
import Reconciler

/// A clock moved by hand; a sleep moves it, so that loops over it never wait.
final class ManualTime: TimeSource {
    private let present: Locked<Timestamp>

    init(_ start: Timestamp = Timestamp(milliseconds: 1_000_000)) { present = Locked(start) }

    func now() -> Timestamp { present.current }
    func advance(_ duration: Duration) { present.with { $0 = $0 + duration } }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        advance(duration)
        await Task.yield()
    }
}

/// The system's clock.
struct RealTime: TimeSource {
    func now() -> Timestamp { Timestamp(Date()) }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// Polls until `condition` holds; false when it still does not after `limit`.
func eventually(within limit: Duration = .seconds(60), _ condition: () async throws -> Bool) async rethrows -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return try await condition()
}

/// Names the world of one test: the token of a local node is looked for on the whole machine, and tests run at once.
enum TestWorld {
    @TaskLocal static var name = "world"
}

/// A request as the control loop makes it.
func request(
    _ node: String, token: String? = nil, owner: String = "us", region: String = "lab", role: String = "edge",
    endpoints: [Endpoint] = []
) -> CreateRequest {
    CreateRequest(
        tags: InstanceTags(owner: owner, group: "live", region: region, role: role, node: NodeID(node)),
        token: token ?? "token-\(TestWorld.name)-\(node)", revision: "r1",
        template: NodeTemplate(
            image: "media-2.4", instanceType: nil, endpoints: endpoints, settings: [:], providerSettings: []),
        credential: "secret-of-\(node)", managerURL: "http://127.0.0.1:5080")
}

extension CreateRequest {
    var reference: InstanceReference { InstanceReference(id: nil, tags: tags, token: token) }
}
