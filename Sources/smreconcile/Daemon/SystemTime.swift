internal import Foundation
internal import Reconciler

/// The system's clock.
struct SystemTime: TimeSource {
    func now() -> Timestamp { Timestamp(Date()) }

    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
