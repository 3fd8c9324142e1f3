internal import Foundation
internal import Reconciler

/// `get source`: where the spec comes from, what runs, and what is wrong with what is newer.
enum SourceText {
    private struct Answer: Decodable {
        struct Problem: Decodable {
            var file: String, line: Int, column: Int, message: String
            var suggestion: String?
        }
        struct Outage: Decodable { var since: Timestamp, message: String }
        var kind: String, paths: [String]
        var url: String?, ref: String?
        var inForce: GitCommit?, newest: GitCommit?
        var isInForce: Bool
        var problems: [Problem]
        var fetchedAt: Timestamp?
        var outage: Outage?
    }

    /// The manager's answer in lines; without ages for nil, so that two can be compared.
    static func render(_ data: Data, now: Timestamp?) throws -> String {
        let answer = try JSONDecoder().decode(Answer.self, from: data)
        var lines: [(String, String)] = [("source", place(answer))]
        if let commit = answer.inForce { lines.append(("in force", words(commit))) }
        if let newest = answer.newest, newest.id != answer.inForce?.id {
            lines.append(("newest", words(newest) + (answer.isInForce ? "" : ", refused")))
        }
        if let now, let at = answer.fetchedAt {
            lines.append(("reached", "\(Duration.seconds(max((now - at).components.seconds, 0)).specText) ago"))
        }
        if let outage = answer.outage { lines.append(("outage", "since \(outage.since): \(outage.message)")) }
        for problem in answer.problems {
            let place = problem.line == 0 ? problem.file : "\(problem.file):\(problem.line):\(problem.column)"
            lines.append(("problem", "\(place): \(problem.message)" + (problem.suggestion.map { "; \($0)" } ?? "")))
        }
        return lines.map { "\($0.padded(to: 10))\($1)\n" }.joined()
    }

    private static func place(_ answer: Answer) -> String {
        let paths = answer.paths.filter { !$0.isEmpty }.joined(separator: ", ")
        guard let url = answer.url else { return paths }
        return [url, answer.ref ?? "", paths].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func words(_ commit: GitCommit) -> String { "\(commit.words), \(commit.at): \(commit.subject)" }
}
