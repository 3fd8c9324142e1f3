import Foundation
import Glibc
import Reconciler
import Storage

/// A new empty directory that goes with this value.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("smreconcile-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A path within it.
    func callAsFunction(_ name: String) -> String { path + "/" + name }
}

extension Store {
    /// The newest events of all subjects.
    func events(after: Int64, limit: Int) async throws(StoreFailure) -> [Event] {
        try await events(after: after, about: nil, limit: limit)
    }
}

enum Sample {
    static let now = Timestamp(milliseconds: 1_795_348_800_123)

    /// A node with its optional fields empty.
    static func node(_ id: String, state: NodeState = .requested) -> Node {
        Node(
            id: NodeID(id), pool: PoolKey(group: "live", region: "us-east", role: "edge"), provider: "lab",
            token: "token-\(id)", state: state, since: now, revision: "r1", requestedAt: now - .seconds(60),
            reason: "2 wanted, 1 there")
    }

    /// A node with every field filled, with texts that need escapes.
    static func fullNode(_ id: String, state: NodeState = .inService) -> Node {
        var node = node(id, state: state)
        node.instanceID = "i-0123"
        node.address = "203.0.113.55"
        node.endpoints = [Endpoint(protocol: "rtmp", port: 1935), Endpoint(protocol: "wss", port: 65535)]
        node.createdAt = now - .seconds(50)
        node.inServiceAt = now - .seconds(40)
        node.lastHeartbeatAt = now - .milliseconds(1)
        node.metrics = [
            Metric.publishers: 3, Metric.subscribers: 1e15, "cpu.system.load": 0.1 + 0.2,
            "tiny": -.leastNonzeroMagnitude,
            "huge": .greatestFiniteMagnitude, "without bound": .infinity, "zero": 0, "quote\"d": -1.5,
        ]
        node.streams = [
            StreamReport(scope: "live", name: "a", role: .source, subscribers: 0),
            StreamReport(scope: "", name: "quote\" back\\slash ,]\u{0}\u{1f}\n é 🎥", role: .edge, subscribers: .max),
            StreamReport(scope: "live/b", name: "[]", role: .relay, subscribers: .min),
        ]
        node.cordoned = true
        node.protectedUntil = now + .seconds(3600)
        node.attempts = 7
        node.retryAt = now + .milliseconds(1500)
        node.reason = "ünïcode, with\u{0}zero"
        node.lastError = "quota 'x' reached; -- no SQL"
        return node
    }

    /// A scaling history with every field filled.
    static let fullHistory = ScalingHistory(
        recommendations: [.init(at: now, nodes: 5), .init(at: now + .seconds(1), nodes: 0)],
        events: [.init(at: now, change: -2), .init(at: now, change: 3)], desired: 0,
        bounds: .init(min: 0, max: 40, parent: "relay", parents: 3),
        override: .init(nodes: 5, until: now + .seconds(7200), by: "ann \"a\""), boots: [0, 61_250, 180_000],
        averages: [
            .init(of: "connections.subscriber target 60%", at: now, sum: 0.1 + 0.2, count: 3),
            .init(of: "scaleOut \"x\", > 0.8", at: now + .seconds(60), sum: 1e15, count: 0),
        ])

    static func event(_ number: Int) -> Event {
        Event(at: now + .milliseconds(number), reason: "Tested", subject: "live-\(number)", message: "number \(number)")
    }

    static func user(_ name: String, role: StoredUser.Role = .viewer, disabled: Bool = false) -> StoredUser {
        StoredUser(name: name, role: role, passwordHash: "scrypt$\(name)", createdAt: now, disabled: disabled)
    }

    /// One of everything, with every field filled.
    static var identityChange: IdentityChange {
        var change = IdentityChange()
        change.users["ada"] = user("ada", role: .operator, disabled: true)
        var session = StoredSession(
            id: "s1", user: "ada", role: .operator, createdAt: now, expiresAt: now + .seconds(60),
            address: "2001:db8::1",
            refresh: .init(familyHash: "f", currentHash: "c"))
        session.renewedAt = now + .seconds(1)
        change.sessions["s1"] = session
        change.tokens["t1"] = StoredAPIToken(
            id: "t1", name: "prometheus", role: .viewer, secretHash: "h", createdBy: "ada", createdAt: now,
            expiresAt: now + .seconds(90))
        var key = StoredKey(id: "k1", use: .api, pem: "---\n", createdAt: now, signsFrom: now + .seconds(600))
        key.lastExpiry = now + .seconds(3600)
        change.keys["k1"] = key
        return change
    }

    /// An entry of the audit log, `number` milliseconds after ``now``, by one of three users.
    static func entry(_ number: Int) -> AuditEntry {
        AuditEntry(
            at: now + .milliseconds(number), subject: "user-\(number % 3)", role: "admin",
            credential: "session:s\(number)",
            method: "POST", path: "/as/v1/nodes/n\(number)/drain", status: 200 + number % 2, requestID: "r\(number)",
            address: "192.0.2.\(number % 256)")
    }
}
