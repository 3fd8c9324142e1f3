import Testing

@testable import Reconciler

/// Which commit may come into force, and what is said of it.
@Suite struct GitVerdictTests {
    private static func commit(_ digit: Character, by author: String) -> GitCommit {
        GitCommit(id: String(repeating: digit, count: 40), author: author, email: "", at: noon, subject: "s")
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var seen: GitSighting.Step = .forward
        var inForce: GitSighting.Step = .forward
        var signature: GitSighting.Signature = .notAsked
        var isForwardOnly = false
        /// A word of the refusal; nil: none.
        var refusal: String?
        /// The reason and a word of the event; nil: none.
        var notice: (reason: String, word: String)?
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "the first", seen: .first, inForce: .first),
        Case(name: "the next"),
        Case(name: "the next, forward only", isForwardOnly: true),
        Case(
            name: "a rewind is followed and told", seen: .rewound, inForce: .rewound,
            notice: (
                "HistoryRewound", "set back from aaaaaaaaaaaa by Ann to the older bbbbbbbbbbbb by Bob; it is followed"
            )),
        Case(
            name: "a force-push is followed and told", seen: .rewritten, inForce: .rewritten,
            notice: ("HistoryRewritten", "aaaaaaaaaaaa by Ann is no part of it any more")),
        Case(
            name: "a rewind is refused where only what comes after is followed", seen: .rewound, inForce: .rewound,
            isForwardOnly: true, refusal: "it comes before aaaaaaaaaaaa by Ann",
            notice: ("HistoryRewound", "it is refused")),
        Case(
            name: "a force-push too", seen: .rewritten, inForce: .rewritten, isForwardOnly: true,
            refusal: "it does not come after", notice: ("HistoryRewritten", "it is refused")),
        Case(
            name: "a bad commit that is taken back leads to the one in force", seen: .rewound, inForce: .same,
            isForwardOnly: true, notice: ("HistoryRewound", "it is followed")),
        Case(name: "signed", signature: .good("ann@example.org")),
        Case(
            name: "not signed", signature: .missing,
            refusal: "it is not signed, and only commits of the allowed signers"),
        Case(
            name: "signed by a stranger", signature: .refused("is signed by a key of none of them"),
            refusal: "it is signed by a key of none of them"),
        Case(
            name: "a rewind to an unsigned one", seen: .rewound, inForce: .rewound, signature: .missing,
            refusal: "not signed",
            notice: ("HistoryRewound", "it is refused")),
    ]

    @Test(arguments: cases) func `a commit is judged`(_ test: Case) throws {
        let ann = Self.commit("a", by: "Ann")
        let sighting = GitSighting(
            commit: Self.commit("b", by: "Bob"), sinceSeen: test.seen, sinceInForce: test.inForce,
            signature: test.signature)
        let verdict = GitVerdict.of(
            sighting, on: try GitRef("main"), seen: ann, inForce: ann, isForwardOnly: test.isForwardOnly, at: noon)
        #expect((verdict.refusal == nil) == (test.refusal == nil))
        if let word = test.refusal { #expect(verdict.refusal?.contains(word) == true, "\(verdict.refusal ?? "")") }
        #expect(verdict.notice?.reason == test.notice?.reason)
        if let word = test.notice?.word {
            #expect(verdict.notice?.message.contains(word) == true, "\(verdict.notice?.message ?? "")")
        }
        if let notice = verdict.notice {
            #expect(
                notice.level == .warning && notice.commit?.author == "Bob" && notice.message.contains("branch 'main'"))
        }
    }

    @Test(arguments: [
        ("Ann", "Ann"), ("  Ann\tB. \n", "Ann B."), ("\u{1b}[31mred\u{7}", "[31mred"),
        ("a\u{202e}b\u{200b}c\u{2066}", "abc"),
        ("Z\u{300}\u{301}\u{302}\u{303}\u{304}", "Z\u{300}\u{301}"), ("\u{2028}x\u{85}y", "x y"), ("", ""),
        ("Ünï 日本", "Ünï 日本"),
    ])
    func `words of strangers stay on their line`(_ given: String, _ want: String) {
        #expect(Array(PlainText.line(given, limit: 50).unicodeScalars) == Array(want.unicodeScalars))
    }

    @Test func `words of strangers are cut`() {
        #expect(PlainText.line(String(repeating: "a", count: 1_000_000), limit: 5) == "aaaa…")
        let commit = GitCommit(id: "abc", author: "\u{1b}", email: "", at: noon, subject: "")
        #expect(commit.author == "unknown")
    }

    @Test func `the commit of a group is that of its file, and none of one made over the API`() {
        let (ann, bob) = (Self.commit("a", by: "Ann"), Self.commit("b", by: "Bob"))
        let origin = SpecOrigin(commit: ann, files: ["groups/live.yaml": bob])
        func at(_ file: String) -> GitCommit? { origin.commit(of: SourceLocation(file: file, line: 3, column: 1)) }
        #expect(at("groups/live.yaml") == bob && at("other.yaml") == ann && at("api:live") == nil)
        #expect(origin.commit(of: nil) == nil)
    }
}
