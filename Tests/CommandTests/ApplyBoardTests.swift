import Reconciler
import Testing

@testable import smreconcile

@Suite("What apply waits for")
struct ApplyBoardTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private static func node(_ id: String, _ state: NodeState, _ error: String? = nil) -> Node {
        var node = Node(
            id: NodeID(id), pool: PoolKey(group: "live", region: "us", role: "edge"), provider: "lab", token: "t",
            state: state, since: now - .seconds(3), revision: "r", requestedAt: now - .seconds(8),
            reason: "the provider was asked")
        if state == .inService { node.inServiceAt = now }
        node.lastError = error
        return node
    }

    private static func snapshot(_ nodes: [Node], _ plan: Plan = Plan(), later: Duration = .zero) -> FleetSnapshot {
        FleetSnapshot(
            spec: Spec(), fleet: Fleet(nodes: nodes, observingSince: now), plan: plan, at: now + later, isReady: true,
            troubles: [])
    }

    @Test("a node is told once, and again when something but its age changed; then what became of it")
    func once() {
        var board = ApplyBoard()
        let first = board.take(Self.snapshot([Self.node("a", .creating), Self.node("b", .terminating)]))
        #expect(first.news.isEmpty && first.waiting.count == 2 && first.changed == first.waiting)
        #expect(first.waiting[0].hasPrefix("a creating for 3s, waiting: "), "\(first.waiting)")
        let second = board.take(
            Self.snapshot([Self.node("a", .creating), Self.node("b", .terminating)], later: .seconds(2)))
        #expect(second.waiting[0].hasPrefix("a creating for 5s") && second.changed.isEmpty && second.news.isEmpty)
        let third = board.take(Self.snapshot([Self.node("a", .creating, "quota")]))
        #expect(third.changed.count == 1 && third.news == ["b is gone"])
        let last = board.take(Self.snapshot([Self.node("a", .inService)]))
        #expect(last == .init(news: ["a is in service, 8s after it was asked for"]))
    }

    @Test("what a pool cannot get is waited for too")
    func setback() {
        var board = ApplyBoard()
        let hold = Plan.Hold(
            .create, PoolKey(group: "live", region: "us", role: "edge"), reason: "no capacity", limit: "setback")
        #expect(
            board.take(Self.snapshot([], Plan(held: [hold]))).waiting == ["live/us/edge: held: create: no capacity"])
    }
}

@Suite("Lines that stand on a terminal")
struct StandingLinesTests {
    private static func console(_ size: TerminalSize?, _ written: Locked<String>) -> Console {
        Console(
            usesColor: false, showsProgress: size != nil, environment: [:], errorSize: { size }, out: { _ in },
            error: { text in written.with { $0 += text } })
    }

    @Test("a line goes above them, and they are drawn over")
    func drawnOver() {
        let written = Locked("")
        let console = Self.console(TerminalSize(columns: 20, rows: 10), written)
        console.stand(["a", "b"])
        console.error("news")
        console.stand(["c"])
        console.stand([])
        #expect(
            written.current
                == "a\nb\n" + "\u{1B}[2F\u{1B}[Jnews\na\nb\n" + "\u{1B}[2F\u{1B}[Jc\n" + "\u{1B}[1F\u{1B}[J")
    }

    @Test("they are no wider and no more than the terminal has room for")
    func room() {
        let written = Locked("")
        Self.console(TerminalSize(columns: 12, rows: 5), written).stand((1...9).map { "line number \($0)" })
        #expect(written.current == "line numbe…\nline numbe…\n  and 7 mo…\n")
    }

    @Test("where it is no terminal nothing stands")
    func pipe() {
        let written = Locked("")
        let console = Self.console(nil, written)
        console.stand(["a"])
        console.error("news")
        #expect(written.current == "news\n")
    }
}
