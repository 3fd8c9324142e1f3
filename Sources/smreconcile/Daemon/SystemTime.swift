internal import Glibc
internal import Reconciler

/// The system's clock.
struct SystemTime: TimeSource {
    func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
