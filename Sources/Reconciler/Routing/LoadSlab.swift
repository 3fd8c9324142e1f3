/// Where one ``LoadCounter`` is. As small as a pointer, and copied without counting references: decisions compare nodes of thousands
/// that were drawn at random, and read one word of each.
///
/// It is good as long as the ``NodeLoad`` that it was made for.
@safe
struct LoadCell: Equatable, @unchecked Sendable {
    // Sendable: a counter has one atomic word and nothing else.
    private let counter: UnsafeMutablePointer<LoadCounter>

    fileprivate init(_ counter: UnsafeMutablePointer<LoadCounter>) { unsafe self.counter = counter }

    static func == (left: Self, right: Self) -> Bool { unsafe left.counter == right.counter }

    /// See ``LoadCounter/total``.
    var total: Int { unsafe counter.pointee.total }
    /// See ``LoadCounter/totalInOrder``.
    var totalInOrder: Int { unsafe counter.pointee.totalInOrder }
    /// See ``LoadCounter/tryAdd(limit:)``.
    func tryAdd(limit: Int) -> Bool { unsafe counter.pointee.tryAdd(limit: limit) }
    /// See ``LoadCounter/report(_:)``.
    func report(_ value: Int) -> Int { unsafe counter.pointee.report(value) }
    /// See ``LoadCounter/takeBack()``.
    func takeBack() -> Int { unsafe counter.pointee.takeBack() }
    /// See ``LoadCounter/age()``.
    func age() -> Int { unsafe counter.pointee.age() }

    fileprivate func renew() { unsafe counter.pointee = LoadCounter() }
}

/// Counters of many nodes side by side in memory, so that all of them fit a processor's cache. They never move, and their memory is given
/// back with the slab.
@safe
final class LoadSlab: Sendable {
    private static let smallestChunk = 64
    private static let largestChunk = 4096

    @safe
    private struct State: @unchecked Sendable {
        // Sendable: touched under the lock alone.
        var chunks: [UnsafeMutableBufferPointer<LoadCounter>] = unsafe []
        /// Of the last chunk.
        var used = 0
        var free: [LoadCell] = []
    }

    private let state = Locked(State())

    deinit {
        state.with { state in
            while let chunk = unsafe state.chunks.popLast() {
                unsafe chunk.deinitialize()
                unsafe chunk.deallocate()
            }
        }
    }

    /// A counter at zero, until it is given back.
    func take() -> LoadCell {
        state.with { state in
            if let cell = state.free.popLast() { return cell }
            if unsafe state.used == state.chunks.last?.count ?? 0 {
                let size = unsafe state.chunks.last.map { min($0.count * 2, Self.largestChunk) } ?? Self.smallestChunk
                let chunk = UnsafeMutableBufferPointer<LoadCounter>.allocate(capacity: size)
                for index in 0..<size { unsafe chunk.initializeElement(at: index, to: LoadCounter()) }
                unsafe state.chunks.append(chunk)
                state.used = 0
            }
            defer { state.used += 1 }
            // The last chunk was found or made above, and has room; its memory is allocated, so there is a base address.
            return unsafe LoadCell(state.chunks[state.chunks.count - 1].baseAddress! + state.used)
        }
    }

    /// Nobody uses the counter any more.
    func giveBack(_ cell: LoadCell) {
        state.with { state in
            cell.renew()
            state.free.append(cell)
        }
    }
}
