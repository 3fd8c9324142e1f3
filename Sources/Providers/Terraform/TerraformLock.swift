internal import Glibc
internal import Reconciler

/// The lock of a workspace: one change at a time, of all managers on the machine.
///
/// It is `flock` on a file, so it ends with the process that has it. Terraform, which runs on when its manager is killed, is found by its
/// command line and waited for. Managers of other machines are kept out by the lock of Terraform's own state.
struct TerraformLock: Sendable {
    /// How often a lock that somebody has is tried again.
    static let step: Duration = .milliseconds(100)

    private let descriptor: Int32

    /// Waits for the lock and for a Terraform that an earlier manager left. Retryable when that is not over by the deadline.
    static func take(
        _ files: TerraformFiles, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> TerraformLock {
        let descriptor = unsafe open(files.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .retryable(SystemError("open \(files.lock)").description) }
        let lock = TerraformLock(descriptor: descriptor)
        do throws(ProviderFailure) {
            while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
                guard errno == EWOULDBLOCK || errno == EINTR else {
                    throw .retryable(SystemError("lock \(files.lock)").description)
                }
                try await wait("another manager changes the workspace '\(files.directory)'", until: deadline)
            }
            while let pid = await worker.run({ stray(in: files.directory) }) {
                try await wait(
                    "process \(pid), which an earlier manager started, still changes the workspace '\(files.directory)'",
                    until: deadline)
            }
            return lock
        } catch {
            lock.release()
            throw error
        }
    }

    /// Gives it back; once.
    func release() { close(descriptor) }

    private static let worker = BlockingWorker("smreconcile.terraform.strays")

    private static func wait(
        _ reason: String, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) {
        guard ContinuousClock.now < deadline else { throw .retryable(reason) }
        do { try await Task.sleep(for: step) } catch { throw .retryable("\(reason); it is no longer waited for") }
    }

    /// A process that changes the workspace, though nobody has the lock. A listing changes nothing. The shell that is about to become
    /// Terraform has its words among its own, and counts.
    static func stray(in directory: String) -> Int32? {
        ProcessTable.all().first { entry in
            guard !entry.isDead, entry.pid != getpid() else { return false }
            let words = ProcessTable.arguments(of: entry.pid)
            guard words.contains(TerraformCommand.place(directory)), !words.contains("-refresh-only") else {
                return false
            }
            return words.contains("apply") || words.contains("plan") || words.contains("init")
        }?.pid
    }
}
