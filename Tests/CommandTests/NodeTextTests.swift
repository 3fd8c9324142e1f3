import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("What is said after a command about a node")
struct NodeTextTests {
    private func text(_ fields: String) throws -> NodeText {
        try ServerClient.decode(NodeText.self, from: Data("{\"id\":\"e1\",\(fields)}".utf8))
    }

    @Test("a drain says how many clients are left, or what it waits for, and how to take it back")
    func drain() throws {
        #expect(
            try text(#""state":"draining","waiting":"120 clients are left; evicted at T (30m)""#).drained == """
                e1 drains: 120 clients are left; evicted at T (30m)
                'smreconcile uncordon e1' takes it back
                """)
        #expect(
            try text(#""state":"inService","waiting":"drain is due: ann asked; held until 2 others serve: 1 does""#)
                .drained
                    == """
                    e1 serves on for now: drain is due: ann asked; held until 2 others serve: 1 does
                    'smreconcile uncordon e1' takes it back
                    """)
        #expect(try text(#""state":"terminating""#).drained == "e1 is terminating")
    }

    @Test("a terminated node says what is still awaited")
    func terminate() throws {
        #expect(
            try text(#""state":"terminating","waiting":"the provider's answer to its destroy""#).terminated
                == "e1 is terminating, waiting: the provider's answer to its destroy")
    }

    @Test("a protection says its end, and its end what is left of it")
    func protect() throws {
        #expect(
            try text(#""state":"inService","protectedUntil":"2026-11-22T14:00:00Z""#).protected == """
                e1 is protected until 2026-11-22T14:00:00Z: it is not scaled in, replaced or evicted before
                'smreconcile protect e1 --off' ends it sooner
                """)
        #expect(
            try text(#""state":"draining","protectedUntil":"2026-11-22T14:00:00Z""#).protected
                .hasPrefix(
                    "e1 is protected until 2026-11-22T14:00:00Z: it drains, and is neither evicted nor ended before\n"))
        #expect(try text(#""state":"inService","selfProtected":false"#).unprotected == "e1 is not protected any more")
        #expect(
            try text(#""state":"inService","selfProtected":true"#).unprotected
                == "e1 is protected by its own heartbeats alone")
    }

    @Test("a retry says what is tried again, where")
    func retry() throws {
        let answer = try ServerClient.decode(
            RetryRoleCommand.Answer.self,
            from: Data(
                #"{"nodeGroup":"live","role":"edge","retried":[{"region":"eu","forgotten":["the rollout","creates"]}]}"#
                    .utf8))
        #expect(
            RetryRoleCommand.text(of: answer) == """
                live/eu/edge: tries again: the rollout
                live/eu/edge: tries again: creates
                'smreconcile explain live/edge' shows how it goes

                """)
    }

    @Test("a history is told with counts, oldest first, and one that nobody keeps is not made up")
    func history() throws {
        let now = try #require(Timestamp("2026-11-22T12:00:00Z"))
        let pool = PoolKey(group: "live", region: "here", role: "edge")
        let node = Node(
            id: NodeID("e1"), pool: pool, provider: "lab", token: "t", state: .creating, since: now, revision: "r",
            requestedAt: now - .seconds(60), reason: "the provider was asked to make it")
        let outlook = NodeOutlook(
            of: [node], spec: Spec(), fleet: Fleet(nodes: [node], observingSince: now), plan: Plan(),
            now: now + .seconds(5))
        let events = [
            Event(at: now - .seconds(60), reason: "NodeRequested", subject: "e1", message: "0 of 1 are there"),
            Event(
                at: now, firstAt: now - .seconds(30), count: 3, level: .warning, reason: "CreateFailed", subject: "e1",
                message: "no"),
        ]
        let text = NodeExplainText.render(NodeReport(node, outlook, events: events), RememberingConsole().console)
        #expect(
            text == """
                e1: creating for 5s, live/here/edge
                  why       the provider was asked to make it
                  waiting   what exists in here is not known: it was not listed yet; no node is made there until a list succeeds
                  health    never heard
                  clients   it does not tell how many; 0 streams
                  revision  r; the spec in force has no such nodes
                  times     requested at 2026-11-22T11:59:00Z
                  place     no address yet, provider lab
                  history   2026-11-22T11:59:00Z  NodeRequested  0 of 1 are there
                            2026-11-22T12:00:00Z  CreateFailed   no (3 times since 2026-11-22T11:59:30Z)

                """)
        let silent = NodeExplainText.render(NodeReport(node, outlook, events: []), RememberingConsole().console)
        #expect(silent.hasSuffix("  history   no event about it is kept\n"))
    }
}
