internal import Reconciler

/// What a fault means for the manager.
enum EC2Failure {
    /// What may have happened is unknown only where the request was to change something.
    static func of(_ fault: EC2Fault, _ query: EC2Query, in region: String) -> ProviderFailure {
        switch fault {
        case .noCredentials(let failure): return failure.failure
        case .notSent(let message): return .retryable(message)
        case .lost(let message): return query.isChange ? .unknown(message) : .retryable(message)
        case .refused(let refusal):
            let words = refusal.words(query.action, in: region)
            switch refusal.kind {
            case .capacity: return .noCapacity(words)
            case .throttled, .unavailable: return .retryable(words)
            case .broken: return query.isChange ? .unknown(words) : .retryable(words)
            // It was accepted once: its instance will be listed.
            case .mismatch: return .unknown(words)
            case .credentials, .notFound, .ended, .refused: return .terminal(words)
            }
        }
    }
}
