internal import Glibc
internal import Reconciler

/// Which processes belong to a node: those of the session that its first process leads, and those that carry its token.
///
/// Process numbers are reused, so a number alone proves nothing:
/// - The leader is ours when number, start time and boot are those recorded.
/// - While any process of a session lives, the kernel gives the leader's number to nobody else. So a session whose
///   leader is gone is ours when the leader was seen alive a moment ago, or when a member carries the token.
/// - A session whose leader has another start time is somebody else's.
struct ProcessSessions: Sendable {
    /// A number cannot come round, lead a session and end within so short a time.
    static let reuseTime: Duration = .seconds(60)

    private let lastSeen = Locked<[InstanceRecord.Identity: ContinuousClock.Instant]>([:])

    /// What identifies a process from now on; nil when there is none of that number.
    static func identity(_ pid: Int32) -> InstanceRecord.Identity? {
        ProcessTable.entry(pid).map {
            InstanceRecord.Identity(pid: pid, startTime: $0.startTime, bootID: ProcessTable.bootID)
        }
    }

    /// True while the process runs. One that ended and nobody waited for is dead, and is waited for here.
    func isAlive(_ process: InstanceRecord.Identity) -> Bool {
        guard process.bootID == ProcessTable.bootID, let entry = ProcessTable.entry(process.pid),
            entry.startTime == process.startTime
        else { return false }
        if entry.isDead {
            ChildProcess.reap(process.pid)
            return false
        }
        lastSeen.with { $0[process] = .now }
        return true
    }

    /// The living processes of the node, the leader among them if it lives; as of a look at all of them.
    func members(
        _ process: InstanceRecord.Identity, token: String, in scan: ProcessScan = ProcessScan()
    ) -> [ProcessTable.Entry] {
        guard process.bootID == ProcessTable.bootID else { return [] }
        let marked = scan.marked(token)
        let session = scan.living.filter { $0.session == process.pid }
        let numbers = Set(marked.map(\.pid))
        let isOurs =
            if let leader = ProcessTable.entry(process.pid) {
                leader.startTime == process.startTime
            } else {
                session.contains { numbers.contains($0.pid) }
                    || lastSeen.with { $0[process].map { $0.duration(to: .now) < Self.reuseTime } ?? false }
            }
        return (marked + (isOurs ? session.filter { !numbers.contains($0.pid) } : [])).sorted { $0.pid < $1.pid }
    }

    /// The node's first process by the token in its environment, for a record that has none yet.
    func find(token: String, in scan: ProcessScan = ProcessScan()) -> InstanceRecord.Identity? {
        let marked = scan.marked(token)
        let leader = marked.first { $0.pid == $0.session } ?? marked.first
        return leader.map { found in
            // A leader that is gone already has no start time any more; 0 is that of no process.
            let startTime = ProcessTable.entry(found.session)?.startTime ?? 0
            return InstanceRecord.Identity(pid: found.session, startTime: startTime, bootID: ProcessTable.bootID)
        }
    }

    /// Nothing more is asked about this process.
    func forget(_ process: InstanceRecord.Identity) {
        lastSeen.with { $0[process] = nil }
    }
}
