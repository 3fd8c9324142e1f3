internal import Reconciler

/// Watches the rounds of a daemon: says when the fleet is in service, shows what `apply` waits for, and tells when to end.
actor Progress {
    nonisolated let ending: DaemonOptions.Ending
    private let console: Console
    private let approveAll: Bool
    private var wasSettled = false
    private var isShown = false
    private var board = ApplyBoard()
    private(set) var code: Int32 = ExitCode.done

    init(console: Console, ending: DaemonOptions.Ending, approveAll: Bool) {
        self.console = console
        self.ending = ending
        self.approveAll = approveAll
    }

    /// `snapshot` is what the round published. False when the daemon is to end.
    func round(_ report: ControlLoop.Report, _ snapshot: FleetSnapshot) -> Bool {
        switch ending {
        case .signal:
            if report.isSettled, !wasSettled {
                console.print("the fleet is in service: \(report.inService) node\(report.inService == 1 ? "" : "s")")
            }
            wasSettled = report.isSettled
            return true
        case .afterOneRound:
            if report.isKnown || report.storeFailure != nil, !isShown {
                console.write(PlanText.render(report.plan, console, commit: report.commit))
                code = report.storeFailure == nil ? ExitCode.done : ExitCode.failed
                isShown = true
            }
            // What the round asked the providers for is waited for, so that the store knows how it ended.
            return !isShown || report.callsUnderWay > 0
        case .whenSettled:
            show(report, snapshot)
            guard report.isSettled else { return true }
            finish(report)
            return false
        }
    }

    private func show(_ report: ControlLoop.Report, _ snapshot: FleetSnapshot) {
        for action in report.plan.actions {
            let node = action.node.map { " \($0)" } ?? ""
            console.error(
                TerminalText.printable(
                    "\(PlanText.symbol(action.kind)) \(action.kind.rawValue)\(node) \(action.pool): \(action.reason)"))
        }
        if let failure = report.storeFailure { console.error("the store does not take changes: \(failure.message)") }
        let showing = board.take(snapshot)
        for line in showing.news { console.error("  \(TerminalText.printable(line))") }
        guard console.showsProgress else {
            for line in showing.changed { console.error("  waiting: \(TerminalText.printable(line))") }
            return
        }
        let lines = showing.waiting.map { "  \(TerminalText.printable($0))" }
        console.stand(lines.isEmpty ? [] : ["\(report.inService) in service, waiting for:"] + lines)
    }

    private func finish(_ report: ControlLoop.Report) {
        console.stand([])
        let waiting = report.plan.held.filter { $0.limit == "approval" }
        for hold in waiting {
            console.error("held: \(hold.kind.rawValue) \(hold.nodeGroup)/\(hold.region)/\(hold.role): \(hold.reason)")
        }
        if !waiting.isEmpty {
            console.error("apply again with --approve to carry these out")
            code = ExitCode.failed
        }
        console.print("applied: \(report.inService) nodes in service")
    }
}
