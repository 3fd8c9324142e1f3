internal import Foundation

/// What is sent about one event. It is made once, when the event is queued: every attempt sends the same bytes.
enum WebhookBody {
    /// The type of a test delivery.
    static let testType = "WebhookTest"

    /// As `docs/webhooks.md` tells it.
    private struct Message: Encodable {
        struct Data: Encodable {
            var id: Int64, at: Timestamp, firstAt: Timestamp, count: Int
            var level: String, reason: String, subject: String, message: String
            var nodeGroup: String?
            var owner: String
        }
        var type: String
        var timestamp: Timestamp
        var data: Data
    }

    private struct Chat: Encodable {
        var text: String
    }

    /// The bytes for an event; `group` is the node group that it is about, `owner` the owner tag of this manager's instances.
    static func text(of event: Event, about group: String?, owner: String, _ format: WebhookSpec.Format) -> String {
        switch format {
        case .chat: json(Chat(text: line(event)))
        case .event:
            json(
                Message(
                    type: event.reason, timestamp: event.at,
                    data: .init(
                        id: event.id, at: event.at, firstAt: event.firstAt, count: event.count,
                        level: event.level.rawValue, reason: event.reason, subject: event.subject,
                        message: event.message, nodeGroup: group, owner: owner)))
        }
    }

    private static func line(_ event: Event) -> String {
        let times = event.count > 1 ? " (\(event.count) times since \(event.firstAt))" : ""
        return "[\(event.level.rawValue)] \(event.reason) \(event.subject): \(event.message)\(times)"
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else {
            preconditionFailure("the body of a webhook does not encode: \(type(of: value))")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
