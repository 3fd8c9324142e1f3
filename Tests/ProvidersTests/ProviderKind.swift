import Foundation
import Reconciler

@testable import Providers

/// The providers that the contract tests run over.
enum ProviderKind: String, CaseIterable, Sendable {
    case simulated

    /// Makes a fresh provider, runs `body`, and clears up after it, also when it failed.
    func withProvider(_ body: (any Provider) async throws -> Void) async throws {
        switch self {
        case .simulated:
            try await body(SimulatedProvider(spec: SimulatedSpec(), time: RealTime()))
        }
    }
}
