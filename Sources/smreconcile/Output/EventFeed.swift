internal import Foundation
internal import Reconciler

/// What `get events --watch` prints: what is there, then what comes, each line once and a repetition again with its count.
///
/// A value without input or output: it says what to ask for, and makes text of the answer.
struct EventFeed {
    private let subject: String?
    private let format: OutputFormat
    /// The id of the newest event that was printed.
    private var last: Int64 = 0
    /// The columns go on as they are, or wider.
    private var widths: [Int] = []

    /// A feed of one subject, or of all for nil.
    init(about subject: String?, format: OutputFormat) {
        self.subject = subject
        self.format = format
    }

    /// What to ask the manager for next. What came since the last answer is asked for in full, as far as the manager gives it.
    var path: String {
        Self.path(about: subject, last == 0 ? [] : ["after=\(last)", "limit=1000"])
    }

    /// Where the feed stands, in words.
    var place: String { last == 0 ? "with the first event" : "after event \(last)" }

    /// The path of the events of one subject, or of all for nil.
    static func path(about subject: String?, _ fields: [String] = []) -> String {
        let query = fields + (subject.map { ["subject=\(ServerClient.escaped($0))"] } ?? [])
        return "/as/v1/events" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// Takes in an answer; returns what to print for it, which is nothing when nothing came.
    mutating func text(of answer: Data) throws(CommandError) -> String {
        let rows = try ServerClient.decode([ResourceTables.EventRow].self, from: answer)
        if let newest = rows.last { last = newest.id }
        if format == .json { return rows.isEmpty ? "" : String(decoding: answer, as: UTF8.self) + "\n" }
        let isFirst = widths.isEmpty
        if rows.isEmpty, !isFirst { return "" }
        // A line that stands for long tells a time, not an age.
        let table = ResourceTables.events(rows, wide: format == .wide, since: nil)
        return table.text(widening: &widths, withHeader: isFirst)
    }
}
