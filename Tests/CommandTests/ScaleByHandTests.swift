import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("A count set by hand")
struct ScaleByHandTests {
    private func text(_ json: String) throws -> String {
        let answer = try ServerClient.decode(ScaleByHandCommand.Answer.self, from: Data(json.utf8))
        return ScaleByHandCommand.text(of: answer)
    }

    @Test("is said with its end, and how to end it sooner")
    func forATime() throws {
        #expect(
            try text(
                """
                {"nodeGroup":"live","role":"edge","regions":[{"region":"us-east",
                 "override":{"nodes":5,"until":"2026-11-22T14:00:00Z","by":"ann"}}]}
                """) == """
                    live/us-east/edge: 5 nodes by hand, until 2026-11-22T14:00:00Z
                    'smreconcile scale live/edge --region us-east --auto' ends it sooner

                    """)
    }

    @Test("for every region names each, and one command ends all")
    func everywhere() throws {
        #expect(
            try text(
                """
                {"nodeGroup":"live","role":"edge","regions":[
                 {"region":"us-east","override":{"nodes":1,"until":null,"by":"ann"}},
                 {"region":"eu-west","override":{"nodes":1,"until":null,"by":"ann"}}]}
                """) == """
                    live/us-east/edge: 1 node by hand, until it is given back to its rules
                    live/eu-west/edge: 1 node by hand, until it is given back to its rules
                    'smreconcile scale live/edge --auto' ends it

                    """)
    }

    @Test("that is given back leaves the rules to decide")
    func auto() throws {
        let json = #"{"nodeGroup":"live","role":"edge","regions":[{"region":"us-east","override":null}]}"#
        #expect(try text(json) == "live/us-east/edge: its rules decide\n")
    }

    @Test("is sent as the API takes it", arguments: [Int?.none, 5])
    func body(_ nodes: Int?) throws {
        let body = ScaleByHandCommand.Body(role: "edge", region: nil, nodes: nodes, forMs: nodes.map { _ in 7_200_000 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let want =
            nodes == nil ? #"{"nodes":null,"role":"edge"}"# : #"{"forMs":7200000,"nodes":5,"role":"edge"}"#
        #expect(String(decoding: try encoder.encode(body), as: UTF8.self) == want)
    }
}
