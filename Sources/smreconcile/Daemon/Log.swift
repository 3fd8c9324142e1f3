internal import Foundation
internal import Reconciler

/// The log: one line per event on standard error, text or JSON. No secret ever gets here.
struct Log: Sendable {
    let format: ManagerSpec.LogFormat
    let console: Console

    func event(_ event: Event) {
        let scope = RequestScope.current
        switch format {
        case .text:
            // Messages quote specs and programs of others, and somebody may look at the log on a terminal.
            console.error(
                TerminalText.printableLines(
                    "\(event.at) \(event.level.rawValue.padded(to: 7)) \(event.reason) \(event.subject): \(event.message)"
                        + (scope.map(Self.text) ?? "")))
        case .json:
            var fields = [
                ("at", "\(event.at)"), ("level", event.level.rawValue), ("reason", event.reason),
                ("subject", event.subject), ("message", event.message),
            ]
            if let scope { fields.append(("request", scope.id)) }
            if let trace = scope?.trace { fields.append(("traceparent", trace.parent)) }
            let body = fields.map { "\(RouteAnswerBytes.quoted($0.0)):\(RouteAnswerBytes.quoted($0.1))" }
            console.error("{\(body.joined(separator: ","))}")
        }
    }

    /// An entry of the audit log.
    func audit(_ entry: AuditEntry) {
        let message =
            "\(entry.method) \(entry.path) \(entry.status)\(entry.change.isEmpty ? "" : " (\(entry.change))") from=\(entry.address) role=\(entry.role) "
            + "credential=\(entry.credential) request=\(entry.requestID)"
        event(Event(at: entry.at, level: .info, reason: "Audit", subject: entry.subject, message: message))
    }

    /// What a line says of the request that it was written for.
    private static func text(_ scope: RequestScope) -> String {
        " request=\(scope.id)" + (scope.trace.map { " traceparent=\($0.parent)" } ?? "")
    }

    func line(_ message: String, level: Event.Level = .info, at now: Timestamp) {
        event(Event(at: now, level: level, reason: "Log", subject: "smreconcile", message: message))
    }
}
