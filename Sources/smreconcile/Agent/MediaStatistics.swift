internal import Foundation
internal import Reconciler

/// What a media server says of itself, in the agent's own terms.
struct MediaStatistics: Equatable, Sendable {
    /// Live streams: those that somebody sends to this node, directly or as a relay.
    var streams: [StreamReport] = []
    /// Clients that send a stream here; relays are none.
    var publishers = 0
    /// Clients that play here, of live streams and of others.
    var viewers = 0
    /// Nodes that pull a stream from here.
    var children = 0
    /// All connections, of whatever kind.
    var connections = 0
    /// The applications that have connections: what an eviction must empty.
    var applications: [String] = []
    /// Further metrics, passed on as they are.
    var metrics: [String: Double] = [:]
    /// The media server's own word on whether it serves; nil: it does.
    var ready: Bool?

    /// All metrics of a heartbeat but those of the machine.
    var allMetrics: [String: Double] {
        let own = [
            Metric.publishers: Double(publishers), Metric.subscribers: Double(viewers),
            Metric.children: Double(children), "connections.client": Double(connections),
        ]
        let all = own.merging(metrics) { _, given in given }
        // Scaling rules may name it either way.
        return all.merging([Metric.clusterChildren: all[Metric.children] ?? 0]) { given, _ in given }
    }
}

/// Statistics that could not be read; the text says why.
struct StatisticsFailure: Error, Equatable, CustomStringConvertible {
    var description: String
}

extension MediaStatistics {
    /// What a JSON source answers: the `metrics`, `streams` and `ready` of a heartbeat, each of them optional.
    ///
    /// `connections.publisher` and `connections.subscriber` are counted from the streams where they are not given.
    init(json: Data) throws(StatisticsFailure) {
        struct Document: Decodable {
            var metrics: [String: Double]?
            var streams: [Stream]?
            var ready: Bool?
        }
        struct Stream: Decodable {
            var scope: String
            var name: String
            var role: StreamReport.Role?
            var subscribers: Int?
        }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: json)
        } catch {
            throw StatisticsFailure(description: "the statistics are not the expected JSON: \(Self.words(error))")
        }
        streams = (document.streams ?? []).map { stream in
            StreamReport(
                scope: stream.scope, name: stream.name, role: stream.role ?? .source,
                subscribers: max(0, stream.subscribers ?? 0))
        }
        publishers = streams.count { $0.role == .source }
        viewers = streams.reduce(0) { $0 + $1.subscribers }
        connections = publishers + viewers
        applications = Set(streams.map(\.scope)).sorted()
        metrics = document.metrics ?? [:]
        ready = document.ready
    }

    private static func words(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context): "'\(key.stringValue)' is missing in \(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context): "wrong type of \(place(context))"
        case .dataCorrupted(let context): "\(context.debugDescription) (\(place(context)))"
        default: "\(error)"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "the document" : path.joined(separator: ".")
    }
}
