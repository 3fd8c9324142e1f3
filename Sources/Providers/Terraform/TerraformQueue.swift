internal import Reconciler

/// Collects the changes that are asked for and does them in rounds, one at a time.
///
///     idle ── a change ──▶ collecting ── the window is over ──▶ round ── nothing came meanwhile ──▶ idle
///                              ▲                                  │
///                              └────── changes came meanwhile ────┘
actor TerraformQueue {
    /// Changes that are asked for within this are one round: those of one decision of the control loop come together.
    static let window: Duration = .milliseconds(200)
    /// An interrupted change that could not be brought to its end is tried again after this.
    static let mendingPause: Duration = .seconds(60)

    private let workspace: TerraformWorkspace
    private let time: any TimeSource
    private var waiting: [TerraformCall] = []
    private var underWay: [TerraformCall] = []
    private var runner: Task<Void, Never>?
    private var isMendingDue = false
    private var mendNotBefore = Timestamp(milliseconds: .min)

    /// Nothing runs yet.
    init(_ workspace: TerraformWorkspace, time: any TimeSource) {
        self.workspace = workspace
        self.time = time
    }

    /// Does what is asked for in the next round; returns with its answer.
    func change(_ wish: TerraformWish) async -> TerraformAnswer {
        let call = TerraformCall(wish)
        waiting.append(call)
        start()
        return await call.value()
    }

    /// Brings what an earlier manager left to its end, unless something is changed just now anyway.
    func mend() {
        guard runner == nil, time.now() >= mendNotBefore else { return }
        isMendingDue = true
        start()
    }

    /// Nodes whose create somebody waits for.
    var awaited: Set<String> {
        Set((waiting + underWay).filter { $0.wish.isCreate && $0.isOpen }.map(\.wish.node))
    }

    /// Whether a round is under way.
    var isBusy: Bool { runner != nil }

    /// Whether somebody waits for a node that the round under way does not make.
    private var isAwaited: Bool { waiting.contains { $0.wish.isCreate && $0.isOpen } }

    private func start() {
        guard runner == nil else { return }
        // Held here; it ends by itself when nothing waits any more.
        runner = Task(name: "changes of a Terraform workspace") { await runRounds() }
    }

    private func runRounds() async {
        while true {
            if !isMendingDue { try? await time.sleep(for: Self.window) }
            // Who gave up before it began is not begun with.
            underWay = waiting.filter(\.isOpen)
            waiting = []
            if !underWay.isEmpty || isMendingDue {
                let isMending = underWay.isEmpty
                isMendingDue = false
                let round = TerraformRound(workspace: workspace) { await self.isAwaited }
                let failure = await round.run(underWay)
                if isMending, failure != nil { mendNotBefore = time.now() + Self.mendingPause }
            }
            underWay = []
            if waiting.isEmpty { break }
        }
        runner = nil
    }
}
