internal import Glibc
internal import Reconciler

/// The lock of a workspace: one change at a time, of all managers on the machine.
///
/// It is `flock` on a file, so it ends with the process that has it. Terraform, which runs on when its manager is killed, is found by its
/// command line and waited for; see ``TerraformOrphan``. Managers of other machines are kept out by the lock of Terraform's own state.
struct TerraformLock: Sendable {
    /// How often a lock that somebody has is tried again.
    static let step: Duration = .milliseconds(100)

    private let descriptor: Int32

    /// Waits for the lock and for a Terraform that an earlier manager left, which is ended when it is older than `limit`: its manager would
    /// have done that. Retryable when that is not over by the deadline.
    static func take(
        _ files: TerraformFiles, limit: Duration, until deadline: ContinuousClock.Instant
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
            while let orphan = await worker.run({ look(in: files.directory, limit) }) {
                let whose = orphan.isOurs ? "which an earlier manager started" : "which no manager started"
                try await wait(
                    "process \(orphan.entry.pid), \(whose), still changes the workspace '\(files.directory)'",
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

    /// What works there without the lock; it is ended when it is time.
    private static func look(in directory: String, _ limit: Duration) -> TerraformOrphan? {
        let orphan = TerraformOrphan.find(in: directory)
        orphan?.end(olderThan: limit)
        return orphan
    }
}
