/// What a client asks a node for.
package enum StreamAction: String, Sendable, Codable, CaseIterable {
    case publish, subscribe

    /// The metric that counts clients of this kind.
    package var metric: String {
        switch self {
        case .publish: Metric.publishers
        case .subscribe: Metric.subscribers
        }
    }

    package var capability: Capability {
        switch self {
        case .publish: .publish
        case .subscribe: .subscribe
        }
    }
}
