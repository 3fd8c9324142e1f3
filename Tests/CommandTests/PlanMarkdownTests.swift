import Foundation
import Reconciler
import Testing

@testable import smreconcile

/// The comment on a pull request: it says what matters, does nothing by itself, and fits.
@Suite struct PlanMarkdownTests {
    private static let pool = PoolKey(group: "live", region: "us", role: "edge")
    private static let context = PlanMarkdown.Context(
        commit: GitCommit(
            id: "0123456789abcdef", author: "Ann", email: "", at: Timestamp(milliseconds: 0), subject: "more edges"),
        source: "https://git.example.org/c.git, branch 'next'", fleet: "https://manager.example.org",
        at: Timestamp(milliseconds: 0))

    private static func decision(_ pool: PoolKey, serving: Int, desired: Int) -> ScalingDecision {
        var decision = ScalingDecision(pool, current: serving, ready: serving, serving: serving, min: 0, max: 99)
        decision.desired = desired
        return decision
    }

    @Test func `a reviewer reads what would happen, where, why, and what to approve`() {
        let gone = PoolKey(group: "old", region: "us", role: "edge")
        let plan = Plan(
            actions: [
                .init(.create, Self.pool, node: nil, reason: "2 of 4 are there", rule: "roles.edge.min"),
                .init(.create, Self.pool, node: nil, reason: "2 of 4 are there", rule: "roles.edge.min"),
            ],
            held: [
                .init(
                    .drain, gone, count: 3, reason: "the spec has no old/us/edge any more", limit: "approval",
                    approval: "0a1b2c3d4e5f"),
                .init(.drain, Self.pool, node: NodeID("n1"), reason: "held by a budget", limit: "budget"),
            ],
            scaling: [
                Self.decision(Self.pool, serving: 2, desired: 4),
                Self.decision(PoolKey(group: "b", region: "us", role: "x"), serving: 1, desired: 1),
            ])
        let text = PlanMarkdown.render(plan, Self.context, costs: nil)
        let want = """
            <!-- smreconcile plan -->

            ### Plan: 2 to create; 3 wait for an approval

            Commit `0123456789ab` by Ann, “more edges”, of `https://git.example.org/c.git, branch 'next'`, for the nodes of `https://manager.example.org` as of 1970-01-01T00:00:00Z.

            | node group | region | role | in service | wanted | changes | why |
            | --- | --- | --- | --- | --- | --- | --- |
            | `live` | `us` | `edge` | 2 | 4 | **2 create**, 1 held | 2 of 4 are there<br>held by a budget |
            | `old` | `us` | `edge` |  | not in the spec | 3 held | the spec has no old/us/edge any more |

            1 other role does not change.

            #### Held until someone approves it

            | hash | what | where |
            | --- | --- | --- |
            | `0a1b2c3d4e5f` | drain of 3 nodes | `old/us/edge` |


            """
        #expect(text.hasPrefix(want), "\(text)")
        #expect(text.contains("smreconcile/approve: \"0a1b2c3d4e5f\""))
        #expect(text.contains("<details><summary>1 held by limits</summary>"))
        #expect(text.contains("<details><summary>2 actions, each with its reason</summary>"))
    }

    @Test(arguments: [
        "`", "``` x", "<script>alert(1)</script>", "@everyone look", "fixes #12", "!7", "[x](javascript:alert(1))",
        "![](https://evil.example/x.png)",
        "a | b | c", "https://evil.example", "www.evil.example", "\n/merge\n", "--> <!-- smreconcile plan -->",
        "**bold** __x__ ~~y~~", "$\\x$",
        "\u{1b}[2J\u{202e}", "</details>", "\r\n# head", "<img src=x onerror=y>",
    ])
    func `words of others do nothing`(_ hostile: String) {
        let pool = PoolKey(group: "g", region: hostile, role: "r")
        let plan = Plan(
            actions: [.init(.create, pool, node: nil, reason: hostile, rule: nil)],
            held: [.init(.drain, pool, reason: hostile, limit: "approval", approval: "0a1b2c3d4e5f")])
        var context = Self.context
        context.commit = GitCommit(id: "0123456789abcdef", author: hostile, email: "", at: context.at, subject: hostile)
        context.source = hostile
        for text in [
            PlanMarkdown.render(plan, context, costs: nil),
            PlanMarkdown.render(
                errors: [
                    SpecDiagnostic(
                        location: SourceLocation(file: hostile, line: 1, column: 1), message: hostile,
                        suggestion: hostile,
                        excerpt: nil)
                ], hostile, commit: context.commit),
        ] {
            // Outside of code: no tag but ours, no mention, no link, no reference, and every row has its cells.
            let outside = text.replacing(/(`+)[^`].*?\1/, with: "CODE").replacing(/```[\s\S]*?```/, with: "CODE")
            let tags = outside.matches(of: /<[^>]*>/).map { String($0.output) }
            let own: Set = ["<!-- smreconcile plan -->", "<br>", "<details>", "</details>", "<summary>", "</summary>"]
            #expect(Set(tags).subtracting(own).isEmpty, "\(tags)")
            #expect(
                text.components(separatedBy: "<!-- smreconcile plan -->").count <= 2
                    + (hostile.contains("plan -->") ? 9 : 0))
            #expect(!outside.contains(/@[a-z]/) && !outside.contains(/[^\\]#[0-9]/) && !outside.contains("://evil"))
            #expect(!outside.contains(/[^\\]\]\(/) && !outside.contains("www.evil"))
            for line in text.split(separator: "\n") {
                #expect(!line.hasPrefix("/") && !line.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202e })
            }
        }
    }

    @Test func `however much there is, it fits into a comment and says what is left out`() {
        let pools = (0..<2000).map { PoolKey(group: "group-\($0)", region: "us", role: "edge") }
        let long = String(repeating: "because of a long and winding reason ", count: 9)
        let plan = Plan(
            actions: pools.flatMap { pool in
                (0..<3).map { _ in .init(.create, pool, node: nil, reason: long, rule: nil) }
            },
            held: pools.map { .init(.drain, $0, count: 2, reason: long, limit: "approval", approval: "0a1b2c3d4e5f") },
            scaling: pools.map { Self.decision($0, serving: 1, desired: 4) })
        let text = PlanMarkdown.render(plan, Self.context, costs: nil)
        #expect(text.utf8.count <= PlanMarkdown.limit)
        #expect(text.contains("more roles, which do not fit in here") && text.contains("smreconcile/approve"))
        let errors = (0..<1000).map { index in
            SpecDiagnostic(location: SourceLocation(file: "live.yaml", line: index + 1, column: 1), message: long)
        }
        let page = PlanMarkdown.render(errors: errors, "groups", commit: nil)
        #expect(page.utf8.count <= PlanMarkdown.limit && page.contains("### Plan: the spec has 1000 errors"))
        #expect(page.contains("more errors, which do not fit in here"))
    }

    @Test(
        "what a forge makes something of is broken up, and other text stays as it is",
        arguments: [
            ("see GH-12", "see GH\u{200B}-12"), ("gh-7", "gh\u{200B}-7"), ("high-7", "high\u{200B}-7"),
            ("GH-x", "GH-x"),
            (":+1: :tada:", ":\u{200B}+1: :\u{200B}tada:"), ("12:30:15", "12:30:15"), ("live: edge", "live: edge"),
            ("milestone %5", "milestone %\u{200B}5"), ("more than 50% of it", "more than 50% of it"),
            (String(repeating: "0a", count: 20), "0a0a0a0\u{200B}a" + String(repeating: "0a", count: 16)),
            ("@team #12 !3", "@\u{200B}team \\#\u{200B}12 \\!\u{200B}3"),
        ])
    func references(_ text: String, _ want: String) {
        #expect(MarkdownText.plain(text) == want)
    }
}
