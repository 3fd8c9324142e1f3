import Crypto
import Foundation
import Reconciler
import Testing

@testable import APIServer

/// A clock that is moved by hand.
final class ManualTime: TimeSource {
    private let instant = Locked(Timestamp("2026-11-22T12:00:00Z") ?? Timestamp(milliseconds: 0))

    func now() -> Timestamp { instant.current }
    /// No time goes by, but others get their turn: who sleeps in a loop must not keep the test from cancelling it.
    func sleep(for duration: Duration) async throws {
        await Task.yield()
        try Task.checkCancellation()
    }
    func advance(by duration: Duration) { instant.with { $0 = $0 + duration } }
}

/// Records what the API told the control loop.
final class RecordingCommands: ControlCommands {
    let calls = Locked<[String]>([])
    /// What pauses are refused with, if anything.
    let refusal = Locked<CommandFailure?>(nil)

    func approve(_ hash: String, by user: String) async throws(CommandFailure) {
        if hash != "abc123" { throw .notFound("no hold has the hash '\(hash)'") }
        calls.with { $0.append("approve \(hash) by \(user)") }
    }

    func cordon(_ node: NodeID, _ cordoned: Bool, by user: String) async throws(CommandFailure) {
        if node.rawValue == "nobody" { throw .notFound("there is no node 'nobody'") }
        calls.with { $0.append("\(cordoned ? "cordon" : "uncordon") \(node) by \(user)") }
    }

    func pause(_ group: String, _ paused: Bool, by user: String) async throws(CommandFailure) -> ScalingPause? {
        if group == "nothing" { throw .notFound("there is no node group 'nothing'") }
        if let failure = refusal.current { throw failure }
        if group == "paused", paused { throw .conflict("'paused' is paused already") }
        calls.with { $0.append("\(paused ? "pause" : "resume") \(group) by \(user)") }
        return paused ? ScalingPause(since: Self.now, by: user) : nil
    }

    func pauseAhead(_ group: String, by user: String) async throws(CommandFailure) {
        if group == "unstored" { throw .unavailable("the disk is full") }
        calls.with { $0.append("pause ahead \(group) by \(user)") }
    }

    func scale(_ command: ScaleCommand, by user: String) async throws(CommandFailure) -> [ScaleOutcome] {
        if command.group == "nothing" { throw .notFound("there is no node group 'nothing'") }
        if let nodes = command.nodes, nodes > 20 { throw .conflict("'live/edge' may have 0 to 20 nodes, not \(nodes)") }
        let place = [command.group, command.region ?? "*", command.role].joined(separator: "/")
        let count = command.nodes.map { "\($0)" } ?? "auto"
        let time = command.duration.map { " for \($0.specText)" } ?? ""
        calls.with { $0.append("scale \(place) to \(count)\(time) by \(user)") }
        let override = command.nodes.map {
            ScalingHistory.Override(nodes: $0, until: command.duration.map { Self.now + $0 }, by: user)
        }
        return [ScaleOutcome(region: command.region ?? "us-east", override: override)]
    }

    func drain(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure) {
        try record("drain", node, force ? " with force" : "", user)
    }

    func terminate(_ node: NodeID, force: Bool, by user: String) async throws(CommandFailure) {
        try record("terminate", node, force ? " with force" : "", user)
    }

    func protect(_ node: NodeID, for duration: Duration?, by user: String) async throws(CommandFailure) {
        try record(duration == nil ? "unprotect" : "protect", node, duration.map { " for \($0.specText)" } ?? "", user)
    }

    private func record(_ verb: String, _ node: NodeID, _ how: String, _ user: String) throws(CommandFailure) {
        if node.rawValue == "nobody" { throw .notFound("there is no node 'nobody'") }
        if node.rawValue == "edge-3" { throw .conflict("'edge-3' is faulty") }
        calls.with { $0.append("\(verb) \(node)\(how) by \(user)") }
    }

    func retry(_ command: RetryCommand, by user: String) async throws(CommandFailure) -> [RetryOutcome] {
        if command.group == "nothing" { throw .notFound("there is no node group 'nothing'") }
        if command.role == "origin" { throw .conflict("there is nothing to retry") }
        calls.with { $0.append("retry \(command.group)/\(command.region ?? "*")/\(command.role) by \(user)") }
        return [RetryOutcome(region: command.region ?? "us-east", forgotten: ["the rollout", "creates"])]
    }

    private static let now = Timestamp("2026-11-22T12:00:00Z") ?? Timestamp(milliseconds: 0)
}

/// One API over a small cluster: an origin and an edge in us-east, an edge in eu-west, a fault.
struct TestAPI {
    let time = ManualTime()
    let store = MemoryStore()
    let commands = RecordingCommands()
    let live: LiveState
    let tokens: TokenAuthority
    let tickets: TicketAuthority
    let activity = ActivityMeter()
    let services: APIServices
    let handler: APIHandler
    let logged = Locked<[String]>([])
    /// The specs that came into force by the API.
    let used = Locked<[Spec]>([])
    /// The spec's file: a provider, and a node group that is read-only over the API.
    static let file = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}
        ---
        # the studio's own
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [{name: us-east}]
          roles: {edge: {capabilities: [subscribe], endpoints: [{protocol: rtmp, port: 1935}], min: 1}}

        """

    /// Cheap, so that a login takes a millisecond.
    static let cost = PasswordHash.Cost(logN: 4, r: 1, p: 1)
    static let password = "correct horse"
    /// Made once: drawing a key takes a tenth of a second.
    static let key = Result { try RSAPrivateKey.generate() }
    /// That of nodes.
    static let nodeKey = Result { try RSAPrivateKey.generate() }
    /// Of webhooks.
    static let hookSecret = "a secret of webhooks"
    /// The sessions of ``token(_:subject:lifetime:)``.
    private let begun = Locked<Set<String>>([])
    /// So often a webhook asked for a look at the repository.
    let looks = Locked(0)
    let users: UserDirectory
    let audit: AuditTrail
    let receiver = SteadyReceiver()

    init(ready: Bool = true) async throws {
        let now = time.now()
        live = LiveState(startedAt: now, wake: {})
        var keys = IdentityChange()
        for (key, use) in [(try Self.key.get(), StoredKey.Use.api), (try Self.nodeKey.get(), .node)] {
            let stored = KeyRotation.stored(key, use, at: now, signsFrom: now)
            keys.keys[stored.id] = stored
        }
        _ = store.memory.commit(keys, at: 0)
        tokens = TokenAuthority(book: try await IdentityBook.open(store, values: store, time: time))
        tickets = TicketAuthority(key: try P256PrivateKey.generate())
        users = UserDirectory(book: tokens.book, time: time, cost: Self.cost)
        _ = try await users.ensureAdmin(environmentPassword: Self.password)
        let (logged, used, looks) = (logged, used, looks)
        let groups = SpecDesk(
            SpecParts(files: [SpecSource(name: "lab.yaml", text: Self.file)]), store: store, time: time,
            use: { spec in used.with { $0.append(spec) } }, note: { _ in })
        audit = AuditTrail(
            store: store, log: { entry in logged.with { $0.append("audit \(entry.subject) \(entry.path)") } },
            warn: { line in logged.with { $0.append(line) } })
        let webhooks = WebhookDesk(
            store: store.memory, time: time, sender: receiver, owner: "sm-test", live: live, waker: Waker(), seed: 1,
            note: { _ in })
        var hook = WebhookSpec()
        (hook.name, hook.url) = ("ops", "https://ops.example.org/hidden")
        try await webhooks.start([hook])
        services = APIServices(
            live: live, store: store, commands: commands, groups: groups,
            provisions: ProvisionDesk(store: store, live: live), tokens: tokens, tickets: tickets, users: users,
            audit: audit, time: time, activity: activity, version: "0.0.0",
            webhooks: webhooks,
            log: { line in logged.with { $0.append(line) } },
            logAnswer: { line in logged.with { $0.append("\(line) request=\(RequestScope.current?.id ?? "")") } },
            certificate: { CertificateState(notAfter: now + .seconds(86_400), areFilesInUse: true) },
            pushes: PushDoor(secret: { Array(Self.hookSecret.utf8) }, look: { looks.with { $0 += 1 } }))
        handler = APIHandler(services: services)
        if ready { publish() }
    }

    /// The view and the snapshot of the cluster.
    func publish(
        manager: ManagerSpec = ManagerSpec(), tickets: TicketPolicy = TicketPolicy(),
        limits: GroupLimits = GroupLimits(),
        _ change: (inout Fleet) -> Void = { _ in },
        plan edit: (inout Plan) -> Void = { _ in },
        spec respecify: (inout Spec) -> Void = { _ in }
    ) {
        let now = time.now()
        var (spec, fleet) = Cluster.make(at: now)
        spec.manager = manager
        spec.groups[0].tickets = tickets
        spec.groups[0].limits = limits
        respecify(&spec)
        change(&fleet)
        live.publish(
            view: RoutingView.build(
                spec: spec, fleet: fleet, now: now, heartbeatInterval: .seconds(1), loads: live.loads))
        var plan = Plan()
        let pool = PoolKey(group: "live", region: "us-east", role: "edge")
        plan.actions = [.init(.create, pool, node: nil, reason: "1 of 2 nodes are there", rule: "roles.edge.min")]
        plan.held = [
            .init(.destroy, pool, count: 3, reason: "removes 60% of all nodes", limit: "approval", approval: "abc123")
        ]
        var decision = ScalingDecision(pool, current: 1, ready: 1, serving: 1, min: 2, max: 4)
        decision.desired = 2
        decision.reasons = ["min is 2"]
        plan.scaling = [decision]
        edit(&plan)
        live.publish(
            snapshot: FleetSnapshot(spec: spec, fleet: fleet, plan: plan, at: now, isReady: true, troubles: []))
    }

    /// A token for a user with a role, or for a node, of a session that nobody had to log in for.
    func token(_ role: Role, subject: String = "tester", lifetime: Duration = .seconds(3600)) throws -> String {
        guard let userRole = StoredUser.Role(rawValue: role.rawValue) else {
            return tokens.nodeCredential(for: NodeID(subject), requestedAt: time.now())
        }
        let now = time.now()
        let session = StoredSession(
            id: Base64URL.encode("\(role.rawValue)-\(subject)".utf8), user: subject, role: userRole, createdAt: now,
            expiresAt: now + .seconds(86_400), address: "127.0.0.1")
        // One after the other: who finds the session in the store has it in the book too.
        try begun.with { begun in
            guard begun.insert(session.id).inserted else { return }
            var change = IdentityChange()
            change.sessions[session.id] = session
            _ = store.memory.commit(change, at: store.memory.identityVersion())
            try tokens.book.adopt(store.memory.identity())
        }
        return try tokens.issue(session, until: now + lifetime, at: now).text
    }

    /// `Authorization` for a user with a role.
    func bearer(_ role: Role, subject: String = "tester") throws -> (String, String) {
        ("Authorization", "Bearer \(try token(role, subject: subject))")
    }

    /// `Authorization` of a node.
    func bearer(node: String) -> (String, String) {
        ("Authorization", "Bearer \(tokens.nodeCredential(for: NodeID(node), requestedAt: time.now()))")
    }

    /// Asks without a socket, as an admin unless told otherwise.
    func ask(
        _ method: HTTPMethod, _ target: String, as role: Role? = .admin, headers: [(String, String)] = [],
        body: String = ""
    ) async throws -> HTTPResponse {
        var headers = headers
        if let role { headers.append(try bearer(role)) }
        return await handler.respond(to: HTTPRequest(method, target, headers: headers, body: Array(body.utf8)))
    }

    /// Asks as a node.
    func ask(
        _ method: HTTPMethod, _ target: String, node: String, body: String = ""
    ) async -> HTTPResponse {
        await handler.respond(
            to: HTTPRequest(method, target, headers: [bearer(node: node)], body: Array(body.utf8)))
    }
}

/// The cluster of these tests.
enum Cluster {
    static func make(at now: Timestamp) -> (Spec, Fleet) {
        var group = NodeGroupSpec(name: "live", provider: "lab")
        group.scopes = ["live"]
        var usEast = RegionSpec(name: "us-east")
        usEast.zone = "americas"
        usEast.location = GeoPoint(latitude: 39, longitude: -77.5)
        var euWest = RegionSpec(name: "eu-west")
        euWest.location = GeoPoint(latitude: 53.3, longitude: -6.3)
        group.regions = [usEast, euWest]
        var origin = RoleSpec(name: "origin")
        origin.capabilities = [.publish]
        origin.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        origin.capacity = [Metric.publishers: 2]
        origin.min = 1
        origin.max = 4
        var edge = RoleSpec(name: "edge")
        edge.parent = "origin"
        edge.capabilities = [.subscribe]
        edge.endpoints = [Endpoint(protocol: "wss", port: 443), Endpoint(protocol: "rtmp", port: 1935)]
        edge.min = 1
        edge.max = 20
        group.roles = [origin, edge]
        group.source = SourceLocation(file: "live.yaml", line: 7, column: 1)
        let spec = Spec(providers: [:], groups: [group])
        let nodes = [
            node("origin-1", "us-east", "origin", "203.0.113.10", now),
            node("edge-1", "us-east", "edge", "203.0.113.55", now),
            node("edge-2", "eu-west", "edge", "2001:db8::7", now),
            node("edge-3", "eu-west", "edge", "203.0.113.57", now, state: .fault),
        ]
        return (spec, Fleet(nodes: nodes, observingSince: now))
    }

    /// What the spec's edges in us-east are made from; its nodes are older.
    static var revision: String? {
        make(at: Timestamp(milliseconds: 0)).0.revision(of: PoolKey(group: "live", region: "us-east", role: "edge"))
    }

    private static func node(
        _ id: String, _ region: String, _ role: String, _ address: String, _ now: Timestamp,
        state: NodeState = .inService
    ) -> Node {
        var node = Node(
            id: NodeID(id), pool: PoolKey(group: "live", region: region, role: role), provider: "lab", token: id,
            state: state, since: now, revision: "r1", requestedAt: now, reason: "as given")
        node.address = address
        node.instanceID = "i-\(id)"
        node.createdAt = now
        node.inServiceAt = now
        node.lastHeartbeatAt = now
        return node
    }
}

extension HTTPResponse {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object; empty when it is none.
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }

    /// The body as a JSON list; empty when it is none.
    var list: [[String: Any]] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [[String: Any]] ?? [] }
}
