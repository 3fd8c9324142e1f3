internal import Reconciler

/// What one look at `/proc` found: the living processes, and the tokens of nodes that they began with.
///
/// Such a look opens two files of every process of the machine, so that those who ask about many nodes share one.
struct ProcessScan: Sendable {
    /// When it began: whoever asked before that is told nothing old.
    let begunAt: ContinuousClock.Instant
    let living: [ProcessTable.Entry]
    private let byToken: [String: [ProcessTable.Entry]]

    /// Looks now.
    init() {
        begunAt = .now
        living = ProcessTable.all().filter { !$0.isDead }
        var byToken: [String: [ProcessTable.Entry]] = [:]
        for entry in living {
            guard let token = ProcessTable.environment(of: entry.pid, NodeCommand.instanceVariable) else { continue }
            byToken[token, default: []].append(entry)
        }
        self.byToken = byToken
    }

    /// Those that began with the token in their environment.
    func marked(_ token: String) -> [ProcessTable.Entry] { byToken[token] ?? [] }
}

/// The last look, for as long as it is as good as a new one.
final class ProcessScans: Sendable {
    private let last = Locked<ProcessScan?>(nil)

    /// A look that began after `moment`, when the question came: a new one only if there is none.
    func since(_ moment: ContinuousClock.Instant) -> ProcessScan {
        if let last = last.current, last.begunAt >= moment { return last }
        let scan = ProcessScan()
        last.replace(with: scan)
        return scan
    }

    /// A process was started: what it starts in its turn is on no earlier look.
    func forget() { last.replace(with: nil) }
}
