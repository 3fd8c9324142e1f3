internal import Foundation

/// Where the spec in force is put together: the files tell it of their changes, the API of its node groups, one change at a time.
///
///     files ──────────────┐
///                         ├─▶ SpecParts.read ─▶ store ─▶ control loop
///     API's node groups ──┘        └─ errors: nothing is changed
///
/// Every change is read together with all the rest before it counts (safety rule 7), and is in the store before the loop has it.
package actor SpecDesk {
    /// The key of the API's groups in the store.
    private static let groupsKey = "api-groups"

    private let store: any Store
    private let time: any TimeSource
    private let use: @Sendable (Spec) async -> Void
    private let note: @Sendable (Event) async -> Void
    private let nodes: @Sendable () -> [Node]
    /// What is in force. Read by routes on any thread, written in turn.
    private nonisolated let inForce: Locked<SpecParts>
    /// The last change in line.
    private var last: Task<Void, Never>?

    /// A desk that goes on from `parts`; `use` gets every spec that comes into force, `note` what is to be told of it. `nodes` tells which
    /// there are.
    package init(
        _ parts: SpecParts, store: any Store, time: any TimeSource, use: @escaping @Sendable (Spec) async -> Void,
        note: @escaping @Sendable (Event) async -> Void, nodes: @escaping @Sendable () -> [Node] = { [] }
    ) {
        self.nodes = nodes
        self.store = store
        self.time = time
        self.use = use
        self.note = note
        inForce = Locked(parts)
    }

    /// The API's node groups of an earlier run.
    package static func stored(in store: any Store) async throws(StoreFailure) -> StoredGroups {
        guard let data = try await store.value(groupsKey) else { return StoredGroups() }
        do {
            return try JSONDecoder().decode(StoredGroups.self, from: data)
        } catch {
            throw .failed("the node groups of the API do not read from the store: \(error)")
        }
    }

    /// What is in force now.
    package nonisolated var parts: SpecParts { inForce.current }

    /// Forgets the deletions that `spec`, with which a manager starts, has overtaken: were one remembered beside a file with a group of its
    /// name, that file's removal would count as approved.
    package func begin(with spec: Spec) async {
        _ = try? await inTurn { (desk) throws(GroupFailure) in
            let settled = desk.parts.settled(in: spec)
            guard settled.stored != desk.parts.stored else { return }
            desk.inForce.replace(with: settled)
            try await desk.keep(settled.stored)
        }
    }

    // MARK: - Files

    /// The files changed: the reading of everything, which is in force already if it has a spec.
    package func take(files: [SpecSource], of origin: SpecOrigin? = nil) async -> SpecReading {
        // Storing is the follower's: a store that is full keeps no file from being followed.
        let reading = try? await inTurn { (desk) throws(GroupFailure) in
            var next = desk.parts
            next.files = files
            next.origin = origin
            let (parts, reading) = next.readWhole()
            guard let spec = reading.spec else { return reading }
            if !spec.setAside.isEmpty, let former = desk.parts.read().spec {
                let nodes = desk.nodes()
                // What was lost before, as by a start, keeps nothing else from being changed.
                let before = former.lostProviders(of: nodes)
                let lost = spec.lostProviders(of: nodes).filter { !before.contains($0) }
                if !lost.isEmpty { return SpecReading(spec: nil, diagnostics: reading.diagnostics + lost) }
            }
            let settled = parts.settled(in: spec)
            if settled.stored != parts.stored { try? await desk.keep(settled.stored) }
            let back = desk.parts.setAside.filter { !settled.isSetAside($0.name) }
            desk.inForce.replace(with: settled)
            for group in back {
                await desk.tell("NodeGroupTakenBack", group.name, "it reads with the files as they are now")
            }
            await desk.use(spec)
            return reading
        }
        return reading ?? parts.read()
    }

    // MARK: - The API

    /// What is to be done about a group, by its name, when its document is known to be good and before it is kept and in force. When it
    /// throws, nothing is changed.
    package typealias Preparation = @Sendable (String) async throws(GroupFailure) -> Void

    /// Nothing has to be done before.
    package static let nothing: Preparation = { _ in }

    /// Makes a group of one document of kind NodeGroup. Throws ``GroupFailure/conflict(_:)`` when its name is taken.
    package func create(
        _ text: String, origin: String? = nil, by user: String, before: @escaping Preparation = SpecDesk.nothing
    ) async throws(GroupFailure) -> StoredGroup {
        try await change(text, origin, by: user, before) { (parts, name) throws(GroupFailure) in
            guard try Self.known(name, parts) != nil else { return }
            throw .conflict("there is a node group '\(name)' already; change it by PUT /as/v1/nodegroups/\(name)")
        }
    }

    /// Puts a document in the place of that of a group, if the group is as `precondition` says. Makes it where there is none
    /// and `mayCreate`.
    package func replace(
        _ name: String, with text: String, origin: String? = nil, if precondition: GroupPrecondition = .none,
        mayCreate: Bool = false, by user: String, before: @escaping Preparation = SpecDesk.nothing
    ) async throws(GroupFailure) -> StoredGroup {
        try await change(text, origin, by: user, before) { (parts, written) throws(GroupFailure) in
            try Self.checkReplacing(name, written, parts, precondition, mayCreate)
        }
    }

    /// Deletes a group: its nodes drain and go, without another approval.
    package func delete(
        _ name: String, if precondition: GroupPrecondition = .none, by user: String
    ) async throws(GroupFailure) {
        try await inTurn { (desk) throws(GroupFailure) in
            let (parts, spec) = try Self.without(name, desk.parts, precondition)
            try await desk.keep(parts.stored)
            desk.inForce.replace(with: parts)
            await desk.tell("NodeGroupDeleted", name, "over the API, by \(user)")
            await desk.use(spec)
        }
    }

    /// The spec as it would be after a change, which is not made: of a new or changed document, or, for nil, of a deletion.
    package nonisolated func trial(
        _ text: String?, replacing name: String?, if precondition: GroupPrecondition = .none, mayCreate: Bool = false
    ) throws(GroupFailure) -> Spec {
        guard let text else { return try Self.without(name ?? "", parts, precondition).spec }
        return try Self.with(text, nil, parts, by: "", at: time.now()) { (parts, written) throws(GroupFailure) in
            if let name { return try Self.checkReplacing(name, written, parts, precondition, mayCreate) }
            guard try Self.known(written, parts) != nil else { return }
            throw .conflict("there is a node group '\(written)' already")
        }.spec
    }

    private typealias Check = @Sendable (SpecParts, String) throws(GroupFailure) -> Void

    private func change(
        _ text: String, _ origin: String?, by user: String, _ before: @escaping Preparation, _ check: @escaping Check
    ) async throws(GroupFailure) -> StoredGroup {
        try await inTurn { (desk) throws(GroupFailure) in
            let old = desk.parts
            let (parts, spec, group) = try Self.with(text, origin, old, by: user, at: desk.time.now(), check)
            try await before(group.name)
            if old == parts { return group }
            try await desk.keep(parts.stored)
            desk.inForce.replace(with: parts)
            let isNew = old.stored.group(group.name) == nil
            await desk.tell(isNew ? "NodeGroupCreated" : "NodeGroupChanged", group.name, "over the API, by \(user)")
            await desk.use(spec)
            return group
        }
    }

    private nonisolated func keep(_ groups: StoredGroups) async throws(GroupFailure) {
        do {
            try await store.setValue(try JSONEncoder().encode(groups), for: Self.groupsKey)
        } catch let error as StoreFailure {
            throw .unavailable("the store does not take it: \(error.message)")
        } catch {
            throw .unavailable("the node groups cannot be written: \(error)")
        }
    }

    private nonisolated func tell(_ reason: String, _ subject: String, _ message: String) async {
        await note(Event(at: time.now(), level: .info, reason: reason, subject: subject, message: message))
    }

    /// Runs `work` after all changes that came before: what it looked up still holds when it is stored.
    private func inTurn<Value: Sendable>(
        _ work: @escaping @Sendable (SpecDesk) async throws(GroupFailure) -> Value
    ) async throws(GroupFailure) -> Value {
        let before = last
        let task = Task(name: "spec change") { () async -> Result<Value, GroupFailure> in
            await before?.value
            do throws(GroupFailure) { return .success(try await work(self)) } catch { return .failure(error) }
        }
        last = Task(name: "spec turn") { _ = await task.value }
        return try await task.value.get()
    }
}
