internal import Foundation
internal import Providers
internal import Reconciler

/// What `provider test` says.
enum ConformanceText {
    /// What is tested.
    struct Subject: Sendable {
        var provider: ProviderSpec
        var setup: ConformanceSetup

        /// `provider 'pool' (shell), region 'lab', role 'edge', owner 'conformance-0f3a9c41'`.
        var words: String {
            "provider '\(provider.name)' (\(provider.settings.typeName)), region '\(setup.region)', "
                + "role '\(setup.role)', owner '\(setup.owner)'"
        }

        /// What is about to be done.
        func intent(_ cases: [ConformanceCase]) -> String {
            let counts = cases.map { $0.instances(setup.instances) }
            let total = counts.reduce(0, +)
            return "\(words): \(counted(cases.count, "case")) \(cases.count == 1 ? "makes" : "make") up to "
                + "\(counted(total, "instance")), at most \(counts.max() ?? 0) at a time, all of which are destroyed again"
        }
    }

    /// A line of progress; nil for what needs none.
    static func line(_ progress: Conformance.Progress) -> String? {
        switch progress {
        case .began: nil
        case .ended(let result): "\(word(result.verdict)) \(result.proven.name) (\(result.took.specText))"
        case .clearing: "waiting until all that was made is gone"
        }
    }

    /// The table, the failures in detail and the sum.
    static func text(_ report: ConformanceReport, _ subject: Subject) -> String {
        var text = "\(subject.words)\n\n"
        var table = Table(["CASE", "RESULT", "TIME", "DETAIL"])
        for result in report.results {
            table.add([result.proven.name, word(result.verdict), result.took.specText, detail(result)])
        }
        text += table.text
        for result in report.results {
            guard case .fail(let found) = result.verdict else { continue }
            text += "\nFAIL \(result.proven.name)\n"
            text += "  proves    \(result.proven.proves)\n"
            text += "  contract  \(result.proven.contract)\n"
            text += "  found     \(found)\n"
        }
        return text + "\n\(sum(report))\n"
    }

    /// `19 cases: 17 passed, 0 failed, 2 skipped; 30 instances made, all of them gone`.
    static func sum(_ report: ConformanceReport) -> String {
        let passed = report.results.count { $0.verdict == .pass }
        let failed = report.results.count { if case .fail = $0.verdict { true } else { false } }
        let skipped = report.results.count - passed - failed
        let rest = report.leftovers.isEmpty ? "all of them gone" : "\(report.leftovers.count) NOT CLEARED UP"
        return "\(counted(report.results.count, "case")): \(passed) passed, \(failed) failed, \(skipped) skipped; "
            + "\(counted(report.made, "instance")) made, \(rest)\(report.wasInterrupted ? "; CALLED OFF before the end" : "")"
    }

    /// What somebody must see to. `kept` is the directory with what the provider remembers of it, where it keeps any.
    static func alarm(_ leftovers: [ConformanceLeftover], kept: String?) -> String {
        let lines = leftovers.map { left in
            let id = left.id.map { "'\($0)'" } ?? "an instance without a known id"
            return "  \(id): owner \(left.tags.owner), region \(left.tags.region), node \(left.tags.node), "
                + "token \(left.token): \(left.reason)"
        }
        return
            (["NOT CLEARED UP: look for these, and destroy them by hand"] + lines
            + (kept.map { ["what the provider remembers of them is kept in '\($0)'"] } ?? [])).joined(separator: "\n")
    }

    /// For programs.
    static func json(_ report: ConformanceReport, _ subject: Subject) throws -> String {
        let document = Document(
            provider: subject.provider.name, type: subject.provider.settings.typeName, region: subject.setup.region,
            role: subject.setup.role, owner: subject.setup.owner, isPassed: report.isPassed,
            wasInterrupted: report.wasInterrupted, made: report.made,
            cases: report.results.map { result in
                Document.Case(
                    name: result.proven.name, proves: result.proven.proves, contract: result.proven.contract,
                    result: word(result.verdict).lowercased(), detail: reason(result.verdict),
                    triedAgain: result.setbacks.isEmpty ? nil : result.setbacks, tookMs: result.took.wholeMilliseconds)
            },
            leftovers: report.leftovers.map { left in
                Document.Leftover(
                    id: left.id, owner: left.tags.owner, group: left.tags.group, region: left.tags.region,
                    role: left.tags.role, node: left.tags.node.rawValue, token: left.token, reason: left.reason)
            })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    private struct Document: Encodable {
        struct Case: Encodable {
            var name: String, proves: String, contract: String, result: String
            var detail: String?, triedAgain: String?
            var tookMs: Int64
        }
        struct Leftover: Encodable {
            var id: String?
            var owner: String, group: String, region: String, role: String, node: String, token: String, reason: String
        }

        var provider: String, type: String, region: String, role: String, owner: String
        var isPassed: Bool, wasInterrupted: Bool
        var made: Int
        var cases: [Case]
        var leftovers: [Leftover]
    }

    private static func word(_ verdict: CaseVerdict) -> String {
        switch verdict {
        case .pass: "pass"
        case .fail: "FAIL"
        case .skip: "skip"
        }
    }

    private static func reason(_ verdict: CaseVerdict) -> String? {
        switch verdict {
        case .pass: nil
        case .fail(let words), .skip(let words): words
        }
    }

    /// On one line.
    private static func detail(_ result: ConformanceResult) -> String {
        let words = reason(result.verdict) ?? (result.setbacks.isEmpty ? result.proven.proves : result.setbacks)
        return words.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
