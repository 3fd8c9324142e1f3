package import Reconciler

/// Reads the body of a heartbeat (design.md section 5): 20,000 of them come in per second.
package enum HeartbeatReader {
    /// Streams that one node may report; no node of this world carries more.
    package static let maximumStreams = 10_000
    /// Metrics that one node may report.
    package static let maximumMetrics = 1000

    /// The heartbeat in `body`; the fault says what is wrong and where. Unknown fields are skipped, so that newer agents
    /// can talk to older managers.
    package static func read(_ body: [UInt8]) throws(JSONFault) -> Heartbeat {
        var heartbeat = Heartbeat(sequence: 0, metrics: [:], streams: [])
        var hasSequence = false
        var reader = JSONReader(body)
        try reader.object { (reader, name) throws(JSONFault) in
            switch name {
            case "sequence":
                heartbeat.sequence = try reader.integer()
                guard heartbeat.sequence >= 0 else { throw reader.fault("'sequence' is negative") }
                hasSequence = true
            case "metrics": heartbeat.metrics = try metrics(&reader)
            case "streams": heartbeat.streams = try streams(&reader)
            case "ready": heartbeat.ready = try reader.null() ? nil : try reader.bool()
            case "protected": heartbeat.protected = try reader.null() ? nil : try reader.bool()
            default: try reader.skip()
            }
        }
        try reader.end()
        guard hasSequence else { throw JSONFault(message: "'sequence' is missing") }
        return heartbeat
    }

    private static func metrics(_ reader: inout JSONReader) throws(JSONFault) -> [String: Double] {
        var metrics: [String: Double] = [:]
        try reader.object { (reader, name) throws(JSONFault) in
            metrics[name] = try reader.number()
            if metrics.count > maximumMetrics { throw reader.fault("more than \(maximumMetrics) metrics") }
        }
        for name in [Metric.publishers, Metric.subscribers] {
            // A count that no integer holds would be a trap further on.
            if let value = metrics[name], !(0...1e9).contains(value) {
                throw reader.fault("'\(name)' is not between 0 and 1000000000")
            }
        }
        return metrics
    }

    private static func streams(_ reader: inout JSONReader) throws(JSONFault) -> [StreamReport] {
        var streams: [StreamReport] = []
        try reader.array { (reader) throws(JSONFault) in
            if streams.count == maximumStreams { throw reader.fault("more than \(maximumStreams) streams") }
            // A client chose its name: it must not cost the node its heartbeat.
            if let stream = try stream(&reader) { streams.append(stream) }
        }
        return streams
    }

    /// Nil for a stream that nobody could ask for, by its name.
    private static func stream(_ reader: inout JSONReader) throws(JSONFault) -> StreamReport? {
        var scope: String?
        var streamName: String?
        var role: StreamReport.Role?
        var subscribers = 0
        try reader.object { (reader, name) throws(JSONFault) in
            switch name {
            case "scope": scope = try reader.string()
            case "name": streamName = try reader.string()
            case "role":
                let text = try reader.string()
                guard let known = StreamReport.Role(rawValue: text) else {
                    throw reader.fault("the stream role '\(text)' is not source, edge or relay")
                }
                role = known
            case "subscribers": subscribers = try reader.integer()
            default: try reader.skip()
            }
        }
        guard let scope, let streamName, let role else {
            throw reader.fault("a stream needs 'scope', 'name' and 'role'")
        }
        guard (0...1_000_000_000).contains(subscribers) else { throw reader.fault("'subscribers' is out of range") }
        guard StreamName.isValidScope(scope), StreamName.isValid(streamName) else { return nil }
        return StreamReport(scope: scope, name: streamName, role: role, subscribers: subscribers)
    }
}
