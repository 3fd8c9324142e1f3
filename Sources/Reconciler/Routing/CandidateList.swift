/// The nodes of one place that may get clients of one kind over one protocol, in the order of regions, roles and ids.
@safe
package final class CandidateList: @unchecked Sendable {
    // Sendable: nothing changes after the initialiser but what has a lock or atomics of its own.

    /// What a draw reads of one candidate: side by side, so that two of 100,000 cost four looks into memory.
    struct Seat: Sendable {
        let cell: LoadCell
        /// As ``Candidate/limit``, at most `Int32.max`, which no counter reaches.
        let limit: Int32
        let softLimit: Int32

        func bound(_ level: FillLevel) -> Int { Int(level == .hard ? limit : softLimit) }
    }

    private struct Part: Sendable {
        let list: CandidateList
        /// Where its first candidate is.
        let start: Int
    }

    package let candidates: [Candidate]
    package let count: Int
    /// Not an array: reading one counts no references. Written once, by the initialiser, and given back by `deinit`.
    private let seats: UnsafePointer<Seat>
    /// What is remembered of the list between decisions.
    let marks = CandidateMarks()
    /// Some have a soft limit below their limit.
    let hasSoftLimits: Bool
    /// Some pack.
    let hasPacking: Bool
    /// Some have a rank.
    let isRanked: Bool
    /// Whether an edge that carries a stream already is preferred.
    let hasAffinity: Bool
    /// By the place in the list that this one was made from: the place here, -1 for none.
    private let positions: [Int32]?
    /// The lists of regions that it was joined from, in this order; empty for one of a single region.
    private let parts: [Part]
    /// Of all candidates, see ``LoadRegistry/place(of:in:)``; nil when they are of several regions, or none.
    let place: Int?
    private let narrowed = Locked<[Set<Capability>: CandidateList]>([:])

    /// These candidates, of one region. `positions` when they are part of another list.
    convenience init(_ candidates: [Candidate], positions: [Int32]? = nil) {
        self.init(candidates, positions: positions, parts: [])
    }

    /// Those of several regions together.
    convenience init(joining lists: [CandidateList]) {
        var parts: [Part] = []
        var count = 0
        for list in lists where !list.isEmpty {
            parts.append(Part(list: list, start: count))
            count += list.count
        }
        self.init(lists.flatMap(\.candidates), positions: nil, parts: parts)
    }

    private init(_ candidates: [Candidate], positions: [Int32]?, parts: [Part]) {
        self.candidates = candidates
        self.positions = positions
        self.parts = parts
        place = parts.isEmpty ? candidates.first?.load.place : nil
        count = candidates.count
        let seats = UnsafeMutablePointer<Seat>.allocate(capacity: candidates.count)
        for (index, candidate) in candidates.enumerated() {
            unsafe (seats + index).initialize(
                to: Seat(
                    cell: candidate.load.cell(candidate.action), limit: Int32(clamping: candidate.limit),
                    softLimit: Int32(clamping: candidate.softLimit)))
        }
        unsafe self.seats = UnsafePointer(seats)
        hasSoftLimits = candidates.contains { $0.softLimit < $0.limit }
        hasPacking = candidates.contains(where: \.packs)
        isRanked = candidates.contains(where: \.isRanked)
        hasAffinity = candidates.contains { $0.routing.affinity > 0 }
    }

    deinit { unsafe seats.deallocate() }

    /// No nodes.
    static let empty = CandidateList([])

    package var isEmpty: Bool { count == 0 }

    /// Whether one at this index is below its limit.
    func hasRoom(_ index: Int) -> Bool {
        let seat = seat(index)
        return seat.cell.total < seat.limit
    }

    func seat(_ index: Int) -> Seat {
        precondition(index >= 0 && index < count)
        return unsafe seats[index]
    }

    /// Those that `change` leaves, as it leaves them.
    func compactMap(_ change: (Int, Candidate) -> Candidate?) -> CandidateList {
        var kept: [Candidate] = []
        var places = [Int32](repeating: -1, count: count)
        for (index, candidate) in candidates.enumerated() {
            guard let own = change(index, candidate) else { continue }
            places[index] = Int32(kept.count)
            kept.append(own)
        }
        return CandidateList(kept, positions: positions?.map { $0 < 0 ? -1 : places[Int($0)] } ?? places)
    }

    private func narrow(_ capabilities: Set<Capability>) -> CandidateList {
        if !parts.isEmpty { return CandidateList(joining: parts.map { $0.list.narrowed(to: capabilities) }) }
        return compactMap { _, candidate in candidate.capabilities.isSuperset(of: capabilities) ? candidate : nil }
    }

    /// Those whose roles have all of these capabilities: found once for the list's life.
    func narrowed(to capabilities: Set<Capability>) -> CandidateList {
        if let known = narrowed.with({ $0[capabilities] }) { return known }
        let made = narrow(capabilities)
        narrowed.with { $0[capabilities] = made }
        return made
    }

    private func position(of index: Int) -> Int32 {
        guard let positions else { return Int32(index) }
        return positions.indices.contains(index) ? positions[index] : -1
    }

    /// Where a node is in this list, if it is: by its place in the region's list for viewers.
    func index(of load: NodeLoad) -> Int? {
        if !parts.isEmpty {
            guard let part = parts.first(where: { $0.list.place == load.place }) else { return nil }
            return part.list.index(of: load).map { $0 + part.start }
        }
        let index = Int(position(of: load.viewerSeat))
        guard index >= 0, index < count, seat(index).cell == load.subscribers else { return nil }
        return index
    }
}
