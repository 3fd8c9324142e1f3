import Foundation
import Testing

/// Every command of every page, run as somebody would who follows it; `docs/README.md` tells how pages are written.
@Suite("The documentation", .sharesMachine, .timeLimit(.minutes(8)))
struct DocumentationTests {
    private static let isRecording = environment["UPDATE_GOLDEN"] != nil
    private static let environment = ProcessInfo.processInfo.environment

    /// The pages to run: those that have something to run and whose programs are here, or of these the one named by `PAGE`.
    private static let running: [Page] = {
        let all = Page.all.filter { $0.runs && $0.canRun }
        guard let wanted = environment["PAGE"] else { return all }
        let exact = all.filter { $0.name == wanted }
        return exact.isEmpty ? all.filter { $0.name.hasSuffix(wanted) } : exact
    }()

    /// Three shelves, which are read beside each other, and each of them page by page: every page has a cluster of its own.
    private enum Shelf { case examples, guides, reference }

    private static func pages(_ shelf: Shelf) -> [Page] {
        running.filter { page in
            guard page.name.hasPrefix("docs/") else { return shelf == .examples }
            let isGuide = ["how-to/", "tutorial", "runbook", "gitops"].contains {
                page.name.dropFirst(5).hasPrefix($0)
            }
            return shelf == (isGuide ? .guides : .reference)
        }
    }

    @Test("README and the examples: the commands print what the page says", .serialized, arguments: pages(.examples))
    func runsExamples(_ page: Page) async throws { try await follow(page) }

    @Test("the guides: the commands print what the page says", .serialized, arguments: pages(.guides))
    func runsGuides(_ page: Page) async throws { try await follow(page) }

    @Test("the reference: the commands print what the page says", .serialized, arguments: pages(.reference))
    func runsReference(_ page: Page) async throws { try await follow(page) }

    private func follow(_ page: Page) async throws {
        try await Workspace.with { workspace in
            var run = try PageRun(page, workspace, isRecording: Self.isRecording)
            try await run.run()
            for difference in run.differences { Issue.record("\(difference)") }
            if Self.isRecording, !run.differences.isEmpty {
                try Data(run.rewritten.utf8).write(to: URL(fileURLWithPath: Workspace.repository + "/" + page.name))
            }
        }
    }

    @Test("has no block that no test sees", arguments: Page.all)
    func isSeen(_ page: Page) {
        #expect(page.troubles == [], "\(page.troubles.joined(separator: "\n"))")
    }

    /// How many blocks of a page are for people alone. Whoever adds one says so here too.
    private static let shown = [
        "README.md": 2,
        "docs/README.md": 1,
        "docs/changes.md": 1,
        "docs/metrics.md": 1,
        "docs/reference/README.md": 1,
        "docs/routing.md": 2,
        "docs/runbook.md": 1,
        "docs/scaling.md": 1,
        "docs/tutorial.md": 2,
        "docs/users.md": 1,
        "docs/webhooks.md": 1,
        "examples/nginx-rtmp/README.md": 1,
        "examples/providers/docker/README.md": 1,
    ]

    @Test("leaves out as many blocks as are counted here", arguments: Page.all)
    func isCounted(_ page: Page) {
        let reasons = page.blocks.compactMap { block -> String? in
            guard case .shown(let reason) = block.kind else { return nil }
            return "\(page.name):\(block.start): \(reason)"
        }
        #expect(reasons.count == Self.shown[page.name, default: 0], "\(reasons.joined(separator: "\n"))")
    }

    @Test("has JSON that is JSON", arguments: Page.all)
    func isJSON(_ page: Page) {
        for block in page.blocks where block.kind == .json {
            let text = page.lines[block.start..<block.end].joined(separator: "\n")
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil,
                "\(page.name):\(block.start + 1): this is no JSON; with dots in it, say norun=\"why\"")
        }
    }

    @Test("has parts of specs that are right in their place", arguments: Page.all.filter(\.hasParts))
    func isPart(_ page: Page) async throws {
        try await Workspace.with { workspace in
            for block in page.blocks {
                guard case .part(let place) = block.kind else { continue }
                let at = "\(page.name):\(block.start + 1)"
                let lines = Array(page.lines[block.start..<block.end])
                guard let spec = PagePart.spec(lines, in: place) else {
                    Issue.record("\(at): there is no place '\(place)'")
                    continue
                }
                let outcome = try await workspace.run("validate", "-f", workspace.write(spec, to: "shown.yaml"))
                #expect(outcome.code == 0, "\(at) is wrong in '\(place)':\n\(outcome.error)\(outcome.out)\n\(spec)")
            }
        }
    }

    @Test("leads nowhere that is not there", arguments: Page.all)
    func leads(_ page: Page) throws {
        for (line, link) in PageLinks.all(of: page) {
            let problem = try PageLinks.problem(of: link, on: page)
            #expect(problem == nil, "\(page.name):\(line + 1): '\(link)' \(problem ?? "")")
        }
    }
}
