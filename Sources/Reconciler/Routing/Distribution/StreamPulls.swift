/// From where one stream is pulled: what was assigned so far, by child, and which parents failed whom.
struct StreamPulls: Sendable {
    /// A child that was sent to a parent and does not carry the stream keeps its place this long. No longer than assignments stay on a
    /// ``ChildLoad`` before they are forgotten.
    static let lifetime: Duration = .seconds(15)
    /// A parent from which a child did not get the stream within the lifetime is the last that it is sent to for so long: enough to
    /// try four others.
    static let avoidance: Duration = .seconds(60)

    /// One child's parent.
    struct Pull: Sendable {
        var parent: NodeID
        let load: ChildLoad
        /// When it was assigned, or the child last asked and carried the stream.
        var since: Timestamp
        /// When the child asked last.
        var askedAt: Timestamp
    }

    /// Those who pull from one parent.
    private struct Children: Sendable {
        var count = 0
        /// When the first of them was sent there, or one that carries the stream last asked.
        var since: Timestamp
    }

    private struct Failure: Hashable, Sendable {
        var child: NodeID
        var parent: NodeID
    }

    private(set) var pulls: [NodeID: Pull] = [:]
    private var children: [NodeID: Children] = [:]
    /// When each was noticed.
    private var failures: [Failure: Timestamp] = [:]

    var isEmpty: Bool { pulls.isEmpty && failures.isEmpty }

    subscript(child: NodeID) -> Pull? { pulls[child] }

    /// Whether the stream comes to `parent` by what was promised to others: a child was sent there less than a lifetime ago, or got it
    /// there. What was promised longer ago and came to none of them is no sign of it.
    func isPulled(from parent: NodeID, at now: Timestamp) -> Bool {
        children[parent].map { now - $0.since < Self.lifetime } ?? false
    }

    /// Whether `child` waited for the stream at `parent` in vain a short time ago.
    func avoids(_ parent: NodeID, _ child: NodeID, at now: Timestamp) -> Bool {
        if failures.isEmpty { return false }
        return failures[Failure(child: child, parent: parent)].map { now - $0 < Self.avoidance } ?? false
    }

    /// Puts a pull in place of the one that the child had, whose load has counted it already.
    mutating func set(_ child: NodeID, _ pull: Pull) {
        end(child)
        pulls[child] = pull
        children[pull.parent, default: Children(since: pull.since)].count += 1
    }

    /// The child asked again.
    mutating func touch(_ child: NodeID, carries: Bool, at now: Timestamp) {
        guard let parent = pulls[child]?.parent else { return }
        pulls[child]?.askedAt = now
        guard carries else { return }
        pulls[child]?.since = now
        children[parent]?.since = now
    }

    /// The child pulls no more.
    mutating func end(_ child: NodeID) {
        guard let pull = pulls.removeValue(forKey: child) else { return }
        pull.load.release()
        children[pull.parent]?.count -= 1
        if children[pull.parent]?.count ?? 0 <= 0 { children[pull.parent] = nil }
    }

    /// The child did not get the stream where it was sent: it pulls there no more, and is sent elsewhere first.
    mutating func fail(_ child: NodeID, at now: Timestamp) {
        guard let pull = pulls[child] else { return }
        failures[Failure(child: child, parent: pull.parent)] = now
        end(child)
    }

    /// A node is gone: nothing is known of it.
    mutating func forget(_ node: NodeID) {
        end(node)
        failures = failures.filter { $0.key.child != node && $0.key.parent != node }
    }

    /// Forgets failures of long ago.
    mutating func expireFailures(at now: Timestamp) {
        if failures.isEmpty { return }
        failures = failures.filter { now - $0.value < Self.avoidance }
    }

    /// The clock was set back to `now`: nothing is younger than that.
    mutating func setBack(to now: Timestamp) {
        pulls = pulls.mapValues { pull in
            var pull = pull
            pull.since = min(pull.since, now)
            pull.askedAt = min(pull.askedAt, now)
            return pull
        }
        children = children.mapValues { Children(count: $0.count, since: min($0.since, now)) }
        failures = failures.mapValues { min($0, now) }
    }

    /// Whether a parent failed some child that is still remembered.
    var hasFailures: Bool { !failures.isEmpty }

    /// Whether it knows anything of a node as a child, or of its failures.
    func knows(_ node: NodeID) -> Bool {
        pulls[node] != nil || failures.keys.contains { $0.child == node || $0.parent == node }
    }
}
