internal import Foundation
internal import Glibc
internal import Reconciler

/// A command of Terraform that works in a workspace, though nobody has the workspace's lock: its manager is gone.
struct TerraformOrphan: Sendable, Equatable {
    /// Every command of ours has the workspace's real path in this variable of its environment.
    static let variable = "SMRECONCILE_WORKSPACE"

    /// Its process.
    let entry: ProcessTable.Entry
    /// Whether a manager started it, as its environment says, as the first process of a group of its own. A person's Terraform is none of
    /// those, and is never ended.
    let isOurs: Bool

    /// One that changes something. A listing changes nothing. The shell that is about to become Terraform has its words among its own, and
    /// counts. A path is the same by whatever symbolic links it is named.
    static func find(in directory: String) -> TerraformOrphan? {
        let place = realPath(directory)
        for entry in ProcessTable.all() where !entry.isDead && entry.pid != getpid() {
            let words = ProcessTable.arguments(of: entry.pid)
            guard works(words, in: place) else { continue }
            let isMarked = ProcessTable.environment(of: entry.pid, variable) == place
            let isLeader = entry.pid == entry.group && entry.pid == entry.session
            return TerraformOrphan(entry: entry, isOurs: isMarked && isLeader)
        }
        return nil
    }

    /// Whether a command line changes the workspace with this real path.
    static func works(_ words: [String], in place: String) -> Bool {
        let flag = TerraformCommand.place("")
        guard !words.contains("-refresh-only"), !Set(words).isDisjoint(with: ["apply", "plan", "init"]) else {
            return false
        }
        return words.contains { $0.hasPrefix(flag) && realPath(String($0.dropFirst(flag.count))) == place }
    }

    /// The path without symbolic links; as it is, when there is nothing.
    static func realPath(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// How long it has run; nil: the kernel does not say.
    var age: Duration? {
        let perSecond = sysconf(Int32(_SC_CLK_TCK))
        guard perSecond > 0, let text = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
            let uptime = text.split(separator: " ").first.flatMap({ Double($0) })
        else { return nil }
        return .seconds(uptime) - .seconds(Double(entry.startTime) / Double(perSecond))
    }

    /// When they were interrupted, by their numbers and start times: a second interrupt would end Terraform without its state.
    private static let interrupted = Locked<[String: ContinuousClock.Instant]>([:])

    /// Ends one whose own manager would have ended it long ago: an interrupt when it is `limit` old, for it writes its state then, and a
    /// kill of its group after the grace that Terraform has for that. Neither, while it may still be at work or is not ours.
    func end(olderThan limit: Duration) {
        // It is looked at again: a number is reused, a number with its start time is not.
        guard isOurs, let age, age > limit, ProcessTable.entry(entry.pid)?.startTime == entry.startTime else { return }
        let since = Self.interrupted.with { interrupted -> ContinuousClock.Instant? in
            let key = "\(entry.pid) \(entry.startTime)"
            if let since = interrupted[key] { return since }
            interrupted[key] = .now
            return nil
        }
        guard let since else {
            kill(entry.pid, SIGINT)
            return
        }
        if since + TerraformSpec.grace < .now { kill(-entry.pid, SIGKILL) }
    }
}
