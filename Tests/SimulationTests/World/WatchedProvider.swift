import Providers
import Reconciler

/// The provider as the manager sees it: the simulated cloud, each call checked against the safety rules on its way.
final class WatchedProvider: Provider {
    private let cloud: SimulatedProvider
    private let crash: CrashPoint
    private let store: MemoryStore
    private let violations: Violations
    private let time: VirtualTime
    /// Lists show everything in the account, whoever's it is and wherever.
    private let isSloppy: Bool
    /// Regions without capacity, and until when.
    private let shortages: Locked<[String: Timestamp]>

    init(
        cloud: SimulatedProvider, crash: CrashPoint, store: MemoryStore, violations: Violations, time: VirtualTime,
        isSloppy: Bool, shortages: Locked<[String: Timestamp]>
    ) {
        self.shortages = shortages
        self.time = time
        self.isSloppy = isSloppy
        self.cloud = cloud
        self.crash = crash
        self.store = store
        self.violations = violations
    }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        guard crash.pass() != .dead else { throw .retryable("the manager is dead") }
        var listing = try await cloud.list(owner: owner, region: region)
        guard isSloppy else { return listing }
        for stranger in World.strangers + [owner] {
            for place in Scenario.regions where stranger != owner || place != region {
                guard let more = try? await cloud.list(owner: stranger, region: place) else { continue }
                listing.instances += more.instances
            }
        }
        return listing
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let fate = crash.pass()
        guard fate != .dead else { throw .unknown("the manager is dead") }
        let node = request.tags.node
        let record = store.load().nodes.first { $0.id == node }
        violations.require(
            record.map { $0.token == request.token && $0.state != .requested } ?? true,
            "rule 3: create of \(node) without its intent in the store (\(String(describing: record?.state)))")
        violations.require(
            record != nil || crash.isDead || request.tags.owner != World.owner,
            "rule 3: create of \(node), which the store does not know")
        if let end = shortages.current[request.tags.region], time.now() < end {
            throw .noCapacity("no capacity in \(request.tags.region)")
        }
        let instance = try await cloud.create(request)
        if fate == .diesAfter { throw .unknown("the manager died after this") }
        return instance
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let fate = crash.pass()
        guard fate != .dead else { throw .unknown("the manager is dead") }
        violations.require(
            instance.tags.owner == World.owner && !World.isForeign(instance.tags.node),
            "rule 2: destroy of \(instance.tags.node), which is not ours")
        let clients = cloud.clients(of: instance.tags.node)
        if clients > 0 {
            let history = store.events(after: 0, about: instance.tags.node.rawValue, limit: StoreLimits.events)
            Invariants.checkEnd(of: instance.tags.node, clients: clients, history, at: time.now(), violations)
        }
        try await cloud.destroy(instance)
    }
}

/// What went against the rules, gathered over a run.
final class Violations: Sendable {
    private let found = Locked<[String]>([])
    private let context = Locked("")

    func at(_ place: String) { context.replace(with: place) }

    func require(_ condition: Bool, _ message: @autoclosure () -> String) {
        guard !condition else { return }
        let text = "\(context.current): \(message())"
        found.with { $0.append(text) }
    }

    var all: [String] { found.current }
}
