internal import Reconciler

/// Reads the small bodies of commands. Strict: a field that is not understood could have narrowed what is done.
enum CommandBody {
    /// A handful of short fields.
    static let limit = 8192

    /// Reads an object of these fields; an empty body is one without any. `field` reads exactly the value of each.
    static func read(
        _ body: [UInt8], fields: [String], _ field: (inout JSONReader, String) throws(JSONFault) -> Void
    ) throws(Problem) {
        if body.isEmpty { return }
        var seen: Set<String> = []
        do {
            var reader = JSONReader(body)
            try reader.object { (reader, name) throws(JSONFault) in
                guard fields.contains(name) else {
                    let near = Suggestion.nearest(to: name, among: fields).map { "; did you mean '\($0)'?" }
                    throw reader.fault(
                        "unknown field '\(name)'\(near ?? ", expected \(fields.joined(separator: " or "))")")
                }
                guard seen.insert(name).inserted else { throw reader.fault("the field '\(name)' is there twice") }
                try field(&reader, name)
            }
            try reader.end()
        } catch {
            throw .badRequest("the body does not read: \(error.message)")
        }
    }

    /// No body, or `{}`.
    static func requireNothing(in body: [UInt8], _ why: String = "") throws(Problem) {
        if body.isEmpty { return }
        do {
            var reader = JSONReader(body)
            try reader.object { (reader, name) throws(JSONFault) in throw reader.fault("unknown field '\(name)'") }
            try reader.end()
        } catch {
            throw .badRequest("this takes no body but {}\(why): \(error.message)")
        }
    }
}

extension JSONReader {
    /// Ten years in milliseconds, as for durations in specs.
    static let longestDuration = Int(DurationText.maximumDays) * 86_400_000

    /// Reads a duration such as `"1h30m"`, or null.
    mutating func durationText(_ name: String) throws(JSONFault) -> Duration? {
        if try null() { return nil }
        let text = try string()
        if DurationText.isTooLong(text) {
            throw fault("'\(name)' is '\(text)'; the longest is \(DurationText.maximumDays)d")
        }
        guard let duration = DurationText.parse(text) else {
            throw fault("'\(name)' is '\(text)', not a duration such as 90s or 1h30m")
        }
        return duration
    }

    /// Reads a duration in whole milliseconds, or null.
    mutating func durationMilliseconds(_ name: String) throws(JSONFault) -> Duration? {
        if try null() { return nil }
        let milliseconds = try integer()
        guard (0...Self.longestDuration).contains(milliseconds) else { throw fault("'\(name)' is out of range") }
        return .milliseconds(milliseconds)
    }
}
