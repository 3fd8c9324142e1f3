import Testing

/// The rules by which an output is what a page says.
@Suite("What a page says of an output")
struct PageMatchTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var page: [String]
        var actual: [String]
        var matches: Bool
        var anyOrder = false

        init(_ name: String, _ page: [String], _ actual: [String], _ matches: Bool, anyOrder: Bool = false) {
            testDescription = name
            self.page = page
            self.actual = actual
            self.matches = matches
            self.anyOrder = anyOrder
        }
    }

    static let cases: [Case] = [
        Case("the same", ["a  b"], ["a  b"], true),
        Case("nothing", [], [], true),
        Case("a line too many", ["a"], ["a", "b"], false),
        Case("a line too few", ["a", "b"], ["a"], false),
        Case("another word", ["3 nodes"], ["4 nodes"], false),
        Case("wider columns", ["NODE  AGE"], ["NODE     AGE"], true),
        Case("another indentation", ["  a"], ["    a"], false),
        Case("words grown together", ["a b"], ["ab"], false),
        Case("dots in a line", ["a ... d"], ["a b c d"], true),
        Case("dots that do not help", ["a ... d"], ["a b c"], false),
        Case("dots for lines", ["a", "...", "d"], ["a", "b", "c", "d"], true),
        Case("dots for no line", ["a", "...", "d"], ["a", "d"], true),
        Case("dots at the end", ["a", "..."], ["a", "b"], true),
        Case("another time", ["at 2026-11-22T12:00:00Z"], ["at 2026-11-28T03:01:02.123Z"], true),
        Case("no time", ["at 2026-11-22T12:00:00Z"], ["at noon"], false),
        Case("another duration", ["for 29m57s,"], ["for 108ms,"], true),
        Case("a duration is no number", ["for 5s"], ["for 5"], false),
        Case("another node", ["live-edge-6kh5p2fg is"], ["live-edge-9xcfdnvb is"], true),
        Case("another role of a node", ["live-edge-6kh5p2fg"], ["live-origin-9xcfdnvb"], false),
        Case("the same node twice", ["e-6kh5p2fg e-6kh5p2fg"], ["e-9xcfdnvb e-9xcfdnvb"], true),
        Case("two nodes for one", ["e-6kh5p2fg e-6kh5p2fg"], ["e-9xcfdnvb e-cq7n5f9f"], false),
        Case("one node for two", ["e-6kh5p2fg e-9xcfdnvb"], ["e-cq7n5f9f e-cq7n5f9f"], false),
        Case("another hash", ["revision 369ef876fa63"], ["revision 146baad6698e"], true),
        Case("another password", ["fqq9yz-vbuewv-npwhzy-h4763d"], ["aaaaaa-bbbbbb-cccccc-dddd11"], true),
        Case("another port", ["127.0.0.1:41629"], ["127.0.0.1:9087"], true),
        Case("a port elsewhere", ["198.18.0.1:1935"], ["198.18.0.1:1936"], false),
        Case("another simulated address", ["198.18.0.1:1935"], ["198.18.0.12:1935"], true),
        Case("one address for two", ["198.18.0.1 198.18.0.2"], ["198.18.0.3 198.18.0.3"], false),
        Case("indented dots", ["  a", "  ..."], ["  a", "b"], true),
        Case("lines in another order", ["a 1", "b 2"], ["b 2", "a 1"], true, anyOrder: true),
        Case("lines in another order, one missing", ["a", "b"], ["b", "b"], false, anyOrder: true),
        Case("lines in another order, and more", ["b", "..."], ["a", "b", "c"], true, anyOrder: true),
        Case(
            "the right node of two", ["e-6kh5p2fg 1", "e-9xcfdnvb 0"], ["e-22222222 0", "e-33333333 1"], true,
            anyOrder: true),
    ]

    @Test("is judged by the rules", arguments: cases)
    func match(_ one: Case) {
        let found = PageMatch.match(one.page, one.actual, PageBindings(), anyOrder: one.anyOrder)
        #expect((found != nil) == one.matches)
    }

    @Test("a node that was shown stands in later commands, and the page's own in later outputs")
    func binds() throws {
        let bound = try #require(
            PageMatch.match(["live-edge-6kh5p2fg 2s"], ["live-edge-9xcfdnvb 7s"], PageBindings()))
        #expect(bound.command("drain live-edge-6kh5p2fg --for 2s") == "drain live-edge-9xcfdnvb --for 2s")
        #expect(bound.output("live-edge-9xcfdnvb drains") == "live-edge-6kh5p2fg drains")
        #expect(PageMatch.match(["live-edge-6kh5p2fg"], ["live-edge-cq7n5f9f"], bound) == nil)
    }

    @Test("ports of a page are led to free ones and back")
    func ports() throws {
        let ports = PagePorts(["curl http://127.0.0.1:5080/x", "--listen 127.0.0.1:5081"])
        let text = "curl http://127.0.0.1:5080/x http://127.0.0.1:5081 127.0.0.1:7777"
        let inward = ports.inward(text)
        let free = try #require(ports.free["5080"])
        #expect(inward.hasPrefix("curl http://127.0.0.1:\(free)/x ") && inward.hasSuffix(" 127.0.0.1:7777"))
        #expect(ports.outward(inward) == text)
    }

    @Test("commands end where their output begins, and go on behind backslashes, dashes and in here-documents")
    func transcript() {
        let lines = [
            "$ one \\", "    two", "out", "", "$ cat <<EOF", "text", "EOF", "$ for a in b; do", "> echo $a", "> done",
            "b",
        ]
        let block = PageBlock(kind: .console, start: 0, end: lines.count, options: [:])
        let found = Transcript.all(block, of: lines)
        #expect(found.map(\.command) == ["one \\\n    two", "cat <<EOF\ntext\nEOF", "for a in b; do\necho $a\ndone"])
        #expect(found.map(\.output) == [["out", ""], [], ["b"]])
        #expect(found.map(\.line) == [0, 4, 7] && found[2].outputLines == 10..<11)
    }

    @Test("a block that is not for a test is a trouble, and says where")
    func troubles() {
        let page = Page(
            name: "p.md",
            text:
                "text\n\n    indented\n\n```\nplain\n```\n```yaml norun=\"why not\"\n```\n```console exit=1\n$ x\n```\n<!-- run\ny\n-->\n```yaml title=a.yaml\n"
        )
        #expect(page.troubles.map { $0.prefix { $0 != " " } } == ["p.md:3:", "p.md:5:", "p.md:16:"])
        #expect(page.blocks.map(\.kind) == [.shown(""), .shown("why not"), .console, .hidden, .file("a.yaml")])
        #expect(page.blocks[2].options == ["exit": "1"])
    }
}
