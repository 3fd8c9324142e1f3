internal import Reconciler
internal import Synchronization

/// How far one connection is and since when, written by its own thread and read by the ``ConnectionReaper``.
///
///     opening ─target─▶ head ─▶ body ─▶ waiting ─▶ answering ─▶ idle ─target─▶ head
///         └───────────────┴───────┴── cut by the reaper ┴──────────┘
///
/// A request without a body goes from its head to the wait. Each step is taken by exchange, so a connection that the reaper has cut goes
/// nowhere any more, and one that has its answer is not told that it has none; but for the step out of the wait, in which nobody is cut.
struct ConnectionWatch: ~Copyable, Sendable {
    /// How far it is.
    enum Stage: UInt8 {
        /// The handshake, and the first request line.
        case opening
        /// The rest of a head.
        case head
        /// A body.
        case body
        /// The answer is awaited: nothing is asked of the client.
        case waiting
        /// The answer is being sent.
        case answering
        /// Between two requests.
        case idle
        /// It is given up.
        case cut

        /// A request has begun, and its answer is not sent yet.
        var isOfRequest: Bool {
            switch self {
            case .head, .body, .waiting, .answering: true
            case .opening, .idle, .cut: false
            }
        }
    }

    private let state = Atomic<UInt8>(Stage.opening.rawValue)
    private let began = Atomic<Int64>(0)
    private let bytes = Atomic<Int>(0)

    /// How far it is now.
    var stage: Stage {
        // Nothing but raw values of stages is ever stored.
        Stage(rawValue: state.load(ordering: .acquiring)) ?? .cut
    }

    /// Its first request line has not come yet.
    var isOpening: Bool { state.load(ordering: .relaxed) == Stage.opening.rawValue }

    /// Milliseconds of the reaper's clock at which the stage began.
    var since: Int64 { began.load(ordering: .relaxed) }

    /// Bytes of body that came.
    var received: Int { bytes.load(ordering: .relaxed) }

    /// Takes in bytes of body.
    func receive(_ count: Int) { bytes.add(count, ordering: .relaxed) }

    /// Goes on to a stage, unless the connection is cut: then false.
    /// - Parameter now: when the stage began; nil: with the one before.
    @discardableResult
    func advance(to next: Stage, at now: Int64?) -> Bool {
        if let now { began.store(now, ordering: .relaxed) }
        if next == .head { bytes.store(0, ordering: .relaxed) }
        while true {
            let present = state.load(ordering: .relaxed)
            if present == Stage.cut.rawValue { return false }
            // Nobody else leaves it: see ``cut(at:)``.
            if present == Stage.waiting.rawValue {
                state.store(next.rawValue, ordering: .releasing)
                return true
            }
            let outcome = state.compareExchange(
                expected: present, desired: next.rawValue, ordering: .acquiringAndReleasing)
            if outcome.exchanged { return true }
        }
    }

    /// Gives the connection up, if it is still at this stage, which may not be the wait: true for the one call that does.
    func cut(at stage: Stage) -> Bool {
        precondition(stage != .waiting, "ConnectionWatch: nobody is cut while an answer is awaited")
        return state.compareExchange(
            expected: stage.rawValue, desired: Stage.cut.rawValue, ordering: .acquiringAndReleasing
        ).exchanged
    }
}

/// How long a client may take for what.
enum Patience {
    /// What becomes of a connection that takes too long.
    enum Cut: Equatable {
        /// The client began a request: it is told, 408.
        case told
        /// It is closed.
        case silent
    }

    /// What becomes of a connection at this stage; nil: it is in time.
    /// - Parameters:
    ///   - elapsed: milliseconds since the stage began.
    ///   - received: bytes of body that came.
    static func verdict(
        _ stage: ConnectionWatch.Stage, elapsed: Int64, received: Int, _ limits: ManagerSpec.API.Limits
    ) -> Cut? {
        func isOver(_ limit: Duration) -> Bool { elapsed >= limit.wholeMilliseconds }
        switch stage {
        case .opening: return isOver(limits.headTime) ? .silent : nil
        case .head: return isOver(limits.headTime) ? .told : nil
        case .body:
            if isOver(limits.bodyTime) { return .told }
            let isSlow = Int64(received) * 1000 < Int64(limits.bodyRate) * elapsed
            return isSlow && isOver(limits.bodyGrace) ? .told : nil
        case .waiting: return nil
        case .answering: return isOver(limits.answerTime) ? .silent : nil
        case .idle: return isOver(limits.idleTime) ? .silent : nil
        case .cut: return isOver(farewellTime) ? .silent : nil
        }
    }

    /// For a client that was told that it is not served, to read that and go.
    static let farewellTime: Duration = .seconds(1)
}
