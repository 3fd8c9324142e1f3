/// From where one stream is pulled: what was assigned so far, by child.
struct StreamPulls: Sendable {
    /// A child that was sent to a parent and does not carry the stream keeps its place this long. No longer than assignments stay on a
    /// ``ChildLoad`` before they are forgotten.
    static let lifetime: Duration = .seconds(15)

    /// One child's parent.
    struct Pull: Sendable {
        var parent: NodeID
        let load: ChildLoad
        /// When it was assigned.
        var since: Timestamp
        /// When the child asked last.
        var askedAt: Timestamp
    }

    private(set) var pulls: [NodeID: Pull] = [:]
    /// So many children of each parent.
    private var children: [NodeID: Int] = [:]

    var isEmpty: Bool { pulls.isEmpty }

    subscript(child: NodeID) -> Pull? { pulls[child] }

    /// Whether a child was sent to `parent`: the stream is there, or comes.
    func isPulled(from parent: NodeID) -> Bool { children[parent] != nil }

    /// Puts a pull in place of the one that the child had, whose load has counted it already.
    mutating func set(_ child: NodeID, _ pull: Pull) {
        end(child)
        pulls[child] = pull
        children[pull.parent, default: 0] += 1
    }

    /// The child asked again.
    mutating func touch(_ child: NodeID, at now: Timestamp) { pulls[child]?.askedAt = now }

    /// The child pulls no more.
    mutating func end(_ child: NodeID) {
        guard let pull = pulls.removeValue(forKey: child) else { return }
        pull.load.release()
        let left = (children[pull.parent] ?? 1) - 1
        children[pull.parent] = left > 0 ? left : nil
    }

    /// The clock was set back to `now`: nothing is younger than that.
    mutating func setBack(to now: Timestamp) {
        pulls = pulls.mapValues { pull in
            var pull = pull
            pull.since = min(pull.since, now)
            pull.askedAt = min(pull.askedAt, now)
            return pull
        }
    }
}
