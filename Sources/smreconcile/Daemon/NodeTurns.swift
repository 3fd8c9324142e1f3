internal import Reconciler

/// Who may ask a media node now: so many requests at once, fewer of them at one node, so that a node that hangs does not keep the others from
/// being asked. Who has to wait waits in a bounded queue, in the order of coming, and not for long.
final class NodeTurns: Sendable {
    /// How much at once.
    struct Limits: Sendable {
        /// Requests under way.
        var total: Int
        /// Of these at one node.
        var perNode: Int
        /// Requests that wait for one node.
        var waitingPerNode: Int
        /// How long one waits.
        var patience: Duration
    }

    private struct Waiter: Sendable {
        var id: UInt64
        var node: String
        var resume: CheckedContinuation<Bool, Never>
    }

    private struct State: Sendable {
        var underWay: [String: Int] = [:]
        var total = 0
        var waiters: [Waiter] = []
        var lastID: UInt64 = 0
    }

    private let limits: Limits
    private let time: any TimeSource
    private let state = Locked(State())

    /// Nobody is asked yet.
    init(_ limits: Limits, time: any TimeSource) {
        self.limits = limits
        self.time = time
    }

    /// Takes a turn at a node; false: there is none in time. Each turn that was taken is given back by ``end(_:)``.
    func begin(_ node: String) async -> Bool {
        enum Way { case now, never, wait(UInt64) }
        let way: Way = state.with { state in
            if isFree(node, state) {
                Self.start(node, &state)
                return .now
            }
            guard state.waiters.count(where: { $0.node == node }) < limits.waitingPerNode else { return .never }
            state.lastID += 1
            return .wait(state.lastID)
        }
        switch way {
        case .now: return true
        case .never: return false
        case .wait(let id): return await wait(id, node)
        }
    }

    /// Gives a turn back, to the first who waits and may go.
    func end(_ node: String) {
        let next: Waiter? = state.with { state in
            state.total -= 1
            state.underWay[node] = state.underWay[node].flatMap { $0 > 1 ? $0 - 1 : nil }
            guard let index = state.waiters.firstIndex(where: { isFree($0.node, state) }) else { return nil }
            let waiter = state.waiters.remove(at: index)
            Self.start(waiter.node, &state)
            return waiter
        }
        next?.resume.resume(returning: true)
    }

    private func wait(_ id: UInt64, _ node: String) async -> Bool {
        let (time, patience) = (time, limits.patience)
        let alarm = Locked<Task<Void, Never>?>(nil)
        defer { alarm.current?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAtOnce: Bool? = state.with { state in
                    // A turn may have come free since, and whoever was cancelled does not want one.
                    if Task.isCancelled { return false }
                    if isFree(node, state) {
                        Self.start(node, &state)
                        return true
                    }
                    state.waiters.append(Waiter(id: id, node: node, resume: continuation))
                    return nil
                }
                if let isAtOnce { return continuation.resume(returning: isAtOnce) }
                // Not before it is in the queue, where giving up looks for it.
                alarm.replace(
                    with: Task(name: "turn at a node") { [weak self] in
                        try? await time.sleep(for: patience)
                        self?.give(up: id)
                    })
            }
        } onCancel: {
            give(up: id)
        }
    }

    private func give(up id: UInt64) {
        let waiter: Waiter? = state.with { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.resume.resume(returning: false)
    }

    private func isFree(_ node: String, _ state: State) -> Bool {
        state.total < limits.total && state.underWay[node, default: 0] < limits.perNode
    }

    private static func start(_ node: String, _ state: inout State) {
        state.total += 1
        state.underWay[node, default: 0] += 1
    }
}
