import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("What evaluate reads of a manager")
struct EvaluateTests {
    @Test("a plan's decisions are read as they were written")
    func decisions() throws {
        var decision = ScalingDecision(
            PoolKey(group: "live", region: "us", role: "edge"), current: 2, ready: 1, serving: 2, min: 1, max: 9)
        decision.rules = [
            RuleOutcome(rule: "a target 60%", value: .number(75), proposed: 3, reason: "busy"),
            RuleOutcome(rule: "scaleOut avg(b) > 1", value: .word("neither"), proposed: nil, reason: "quiet"),
            RuleOutcome(rule: "c target 1", value: nil, proposed: 2, reason: "silent"),
        ]
        let answer = Data(try Plan(scaling: [decision]).json(costs: nil).utf8)
        #expect(try RulesText.decisions(of: answer) == [decision])
        #expect(
            RulesText.text([decision]) == """
                NODE GROUP  REGION  ROLE  RULE                 VALUE    NODES  REASON
                live        us      edge  a target 60%         75       3      busy
                live        us      edge  scaleOut avg(b) > 1  neither  -      quiet
                live        us      edge  c target 1           unknown  2      silent

                """)
    }

    @Test("an answer of another shape is an error in words", arguments: ["", "[]", "{}", #"{"scaling": [{"x": 1}]}"#])
    func foreign(_ answer: String) {
        #expect(throws: CommandError.self) { try RulesText.decisions(of: Data(answer.utf8)) }
    }
}
