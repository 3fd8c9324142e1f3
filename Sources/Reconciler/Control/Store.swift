package import Foundation

/// What must survive the process. The contract suite in `Tests/StorageTests` runs over every implementation.
///
/// `commit` is atomic and durable when it returns: all of the change or nothing of it. Calls are made one at a time by
/// the control loop, and at any time, of other parts of the store, by ``ProvisionDesk``. Users and tokens: ``IdentityStore``.
package protocol Store: Sendable {
    /// The nodes in the order of their ids, and the scaling histories.
    func load() async throws(StoreFailure) -> StoredState
    /// Upserts first, then deletes; deleting what is not there is no failure. An empty scaling history is forgotten. Events
    /// get their ids in their order; the newest ``StoreLimits/events`` are kept. One that repeats is counted: it is kept once,
    /// under the id of its last time, as ``EventMerge`` says.
    func commit(_ change: StoreChange) async throws(StoreFailure)
    /// The newest events, oldest first: those with an id above `after`, of one `subject` or of all for nil, at most `limit`,
    /// the newest `limit` if there are more.
    func events(after: Int64, about subject: String?, limit: Int) async throws(StoreFailure) -> [Event]
    /// A named small value: the owner tag, the key of tickets, the last good spec.
    func value(_ key: String) async throws(StoreFailure) -> Data?
    func setValue(_ value: Data, for key: String) async throws(StoreFailure)
    /// The value of a key, which is `first` from now on if it had none: of several who ask at once all get the same.
    func value(_ key: String, orFirst first: Data) async throws(StoreFailure) -> Data
}

/// What a store keeps at most.
package enum StoreLimits {
    /// Events: about 2 MB; days of a quiet fleet, an hour of a restless one.
    package static let events = 10_000
    /// An event that comes again this soon after its last time is the same one, counted. Far above the longest wait between two
    /// attempts of a provider call (``Backoff/longest``), so that a call that goes on failing is one event; short enough that
    /// the trouble of the morning and that of the evening are two.
    package static let eventRepeat: Duration = .seconds(3600)
}

/// Why the store did not do it; nothing was changed.
package enum StoreFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another process has it open.
    case inUse(String)
    /// No space left on the device.
    case full(String)
    /// Written by a newer version of the program.
    case tooNew(String)
    case failed(String)

    /// As it is shown to a person.
    package var description: String { message }

    package var message: String {
        switch self {
        case .inUse(let text), .full(let text), .tooNew(let text), .failed(let text): text
        }
    }
}

/// What a control loop starts from.
package struct StoredState: Sendable, Equatable {
    package var nodes: [Node]
    package var scaling: [PoolKey: ScalingHistory]
    /// By node group.
    package var pauses: [String: ScalingPause]
    package var memories: [PoolKey: PoolMemory]
    /// By revision.
    package var templates: [String: NodeTemplate]
    /// In the order of their keys.
    package var provisions: [Provision]
    package init(
        nodes: [Node] = [], scaling: [PoolKey: ScalingHistory] = [:], pauses: [String: ScalingPause] = [:],
        memories: [PoolKey: PoolMemory] = [:], templates: [String: NodeTemplate] = [:], provisions: [Provision] = []
    ) {
        self.nodes = nodes
        self.scaling = scaling
        self.pauses = pauses
        self.memories = memories
        self.templates = templates
        self.provisions = provisions
    }
}

/// One atomic change.
package struct StoreChange: Sendable, Equatable {
    package var upserts: [Node]
    package var deletes: [NodeID]
    package var events: [Event]
    package var scaling: [PoolKey: ScalingHistory]
    /// By node group; nil ends a pause.
    package var pauses: [String: ScalingPause?] = [:]
    /// An empty memory is forgotten.
    package var memories: [PoolKey: PoolMemory] = [:]
    /// By revision; nil forgets one.
    package var templates: [String: NodeTemplate?] = [:]
    /// Nil forgets one.
    package var provisions: [Provision.Key: Provision?] = [:]
    package init(
        upserts: [Node] = [], deletes: [NodeID] = [], events: [Event] = [], scaling: [PoolKey: ScalingHistory] = [:]
    ) {
        self.upserts = upserts
        self.deletes = deletes
        self.events = events
        self.scaling = scaling
    }

    package var isEmpty: Bool {
        upserts.isEmpty && deletes.isEmpty && events.isEmpty && scaling.isEmpty && pauses.isEmpty
            && memories.isEmpty && templates.isEmpty && provisions.isEmpty
    }
}
