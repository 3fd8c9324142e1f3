internal import Synchronization

/// Clients of one kind on one node: what it reported, and what was assigned since and has not shown up yet.
///
/// One 64-bit word, so that a limit is never passed however many threads assign at once. Assignments age in two
/// generations: a client that never connects is forgotten after one to two generations; one that connects is taken
/// off the pending count as the report grows.
package struct LoadCounter: ~Copyable, Sendable {
    //  63           40 39         20 19          0
    //  [  reported   ][  older      ][  newer     ]
    private static let pendingBits: UInt64 = 20
    private static let pendingMask: UInt64 = (1 << pendingBits) - 1
    private static let reportedMask: UInt64 = (1 << 24) - 1

    private let word = Atomic<UInt64>(0)

    package init() {}

    private static func unpack(_ word: UInt64) -> (reported: UInt64, older: UInt64, newer: UInt64) {
        (word >> (2 * pendingBits), (word >> pendingBits) & pendingMask, word & pendingMask)
    }

    private static func pack(reported: UInt64, older: UInt64, newer: UInt64) -> UInt64 {
        (reported << (2 * pendingBits)) | (older << pendingBits) | newer
    }

    private static func sum(_ word: UInt64) -> Int {
        let (reported, older, newer) = unpack(word)
        return Int(reported + older + newer)
    }

    /// Reported and pending together.
    package var total: Int { Self.sum(word.load(ordering: .relaxed)) }

    /// The same, in one order with every change that takes clients off.
    package var totalInOrder: Int { Self.sum(word.load(ordering: .sequentiallyConsistent)) }

    /// What the node itself last reported.
    package var reported: Int { Int(Self.unpack(word.load(ordering: .relaxed)).reported) }

    /// Counts one assignment, unless that would pass `limit`. True when it was counted.
    package func tryAdd(limit: Int) -> Bool {
        var old = word.load(ordering: .relaxed)
        while true {
            let (_, _, newer) = Self.unpack(old)
            if Self.sum(old) >= limit || newer == Self.pendingMask { return false }
            let (done, seen) = word.compareExchange(expected: old, desired: old + 1, ordering: .relaxed)
            if done { return true }
            old = seen
        }
    }

    /// Takes in the node's report and returns by how much the total changed. Clients that newly show up in the report
    /// are taken off the pending assignments, the older first.
    package func report(_ value: Int) -> Int {
        let value = min(UInt64(max(value, 0)), Self.reportedMask)
        return update { reported, older, newer in
            let arrived = value > reported ? value - reported : 0
            let fromOlder = min(arrived, older)
            let fromNewer = min(arrived - fromOlder, newer)
            (reported, older, newer) = (value, older - fromOlder, newer - fromNewer)
        }
    }

    /// One assignment that was not made after all. Returns the change of the total: 0 when none is pending any more.
    package func takeBack() -> Int {
        update { _, older, newer in
            if newer > 0 { newer -= 1 } else if older > 0 { older -= 1 }
        }
    }

    /// Begins a new generation: assignments that did not show up in two are forgotten. Returns the change of the total.
    package func age() -> Int {
        update { _, older, newer in (older, newer) = (newer, 0) }
    }

    private func update(_ change: (inout UInt64, inout UInt64, inout UInt64) -> Void) -> Int {
        var old = word.load(ordering: .relaxed)
        while true {
            var (reported, older, newer) = Self.unpack(old)
            change(&reported, &older, &newer)
            let new = Self.pack(reported: reported, older: older, newer: newer)
            if new == old { return 0 }
            let (done, seen) = word.compareExchange(
                expected: old, desired: new, ordering: .sequentiallyConsistent)
            if done { return Self.sum(new) - Self.sum(old) }
            old = seen
        }
    }
}
