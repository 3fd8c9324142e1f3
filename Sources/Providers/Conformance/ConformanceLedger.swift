internal import Reconciler

/// All that a run asked the provider to make, written down before it is asked, so that all of it can be cleared up.
final class ConformanceLedger: Sendable {
    /// One create.
    struct Entry: Sendable {
        let request: CreateRequest
        /// The case that asked for it, by its number.
        let chapter: Int
        /// What the provider called it; nil when its answer did not come (yet).
        var id: String?
        /// It was on a list with its tags: a list can tell when it is gone.
        var wasListed = false
        /// Its destroy was accepted.
        var isDestroyed = false
        /// A complete list after its destroy lacks it.
        var isGone = false
        /// Why it could not be cleared up, where that is known.
        var trouble: String?

        var reference: InstanceReference {
            InstanceReference(id: id, tags: request.tags, token: request.token)
        }
        /// It may be there.
        var isOpen: Bool { !isGone }
    }

    /// An owner in a region: what one list is about.
    struct Scope: Hashable, Sendable {
        var owner: String
        var region: String
    }

    private struct State: Sendable {
        var entries: [String: Entry] = [:]
        var chapter = 0
        /// By region: what the provider calls the instances that it made for us, however we learnt of them.
        var seen: [String: Set<String>] = [:]
    }

    private let state = Locked(State())

    /// The next case begins: what came before is not of it.
    func beginChapter() { state.with { $0.chapter += 1 } }

    /// Whether it was asked for before the present case.
    func isOld(_ token: String) -> Bool {
        let state = state.current
        return state.entries[token].map { $0.chapter < state.chapter } ?? false
    }

    /// Before the provider is asked.
    func intend(_ request: CreateRequest) {
        state.with { state in
            if state.entries[request.token] == nil {
                state.entries[request.token] = Entry(request: request, chapter: state.chapter)
            }
        }
    }

    /// The entry of a token; nil when nothing was asked for with it.
    func entry(_ token: String) -> Entry? { state.current.entries[token] }

    /// The provider has an instance of this id, made for us.
    func see(_ id: String, in region: String) {
        state.with { _ = $0.seen[region, default: []].insert(id) }
    }

    /// How many instances were made: two of one token count as two, and one whose
    /// answer was lost counts once a list showed it.
    var made: Int { state.current.seen.values.reduce(0) { $0 + $1.count } }

    /// What is learnt about one.
    func update(_ token: String, _ change: (inout Entry) -> Void) {
        state.with { state in
            guard var entry = state.entries[token] else { return }
            change(&entry)
            state.entries[token] = entry
        }
    }

    /// In the order of their nodes.
    var all: [Entry] { state.current.entries.values.sorted { $0.request.tags.node < $1.request.tags.node } }

    /// Those that may be there, in the order of their nodes.
    var open: [Entry] { all.filter(\.isOpen) }

    /// Those that are there, and those that were made and never seen, so that no list can tell whether they are gone.
    var unaccounted: [Entry] { all.filter { $0.isOpen || (!$0.wasListed && $0.id != nil) } }

    /// Everywhere that anything was made.
    var scopes: Set<Scope> { Self.scopes(of: all) }

    /// Everywhere that anything may be left.
    var openScopes: Set<Scope> { Self.scopes(of: open) }

    private static func scopes(of entries: some Sequence<Entry>) -> Set<Scope> {
        Set(entries.map { Scope(owner: $0.request.tags.owner, region: $0.request.tags.region) })
    }
}
