/// One page of a long list in an order that the list does not have: the first so many of what is offered, of those after a mark.
///
/// The list is not sorted. Up to twice the page is collected, then sorted and cut to the page; from then on everything behind the last
/// of it is dropped at one comparison.
package struct PageWindow<Key: Comparable, Value> {
    /// Members of the page.
    package let limit: Int
    private let after: Key?
    private var kept: [(key: Key, value: Value)] = []
    /// No key from here on has a chance.
    private var bound: Key?
    /// Whether there is more behind the page.
    private var hasMore = false

    /// An empty page of the keys behind `after`; `limit` is 1 or more.
    package init(limit: Int, after: Key? = nil) {
        precondition(limit > 0, "PageWindow: a page of \(limit) members")
        self.limit = limit
        self.after = after
    }

    /// Whether a key behind the mark may be on the page; one that is behind its end is noted as more to come, so ask this last.
    package mutating func admits(_ key: Key) -> Bool {
        guard let bound, key >= bound else { return true }
        hasMore = true
        return false
    }

    /// Whether a key is behind the mark: what a page of before had is passed over without a closer look.
    package func isAfterMark(_ key: Key) -> Bool { after.map { key > $0 } ?? true }

    /// Takes in a member whose key is admitted; no key comes twice.
    package mutating func add(_ key: Key, _ value: Value) {
        kept.append((key, value))
        if kept.count >= 2 * limit { cut() }
    }

    private mutating func cut() {
        kept.sort { $0.key < $1.key }
        if kept.count > limit {
            hasMore = true
            bound = kept[limit].key
            kept.removeSubrange(limit...)
        }
    }

    /// The page in order, and whether there is more behind it.
    package consuming func page() -> (members: [(key: Key, value: Value)], hasMore: Bool) {
        cut()
        return (kept, hasMore)
    }
}
