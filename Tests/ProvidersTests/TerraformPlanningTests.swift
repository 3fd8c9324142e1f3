import Foundation
import Reconciler
import Testing

@testable import Providers

/// What keeps one node's trouble from being the others': which resources a node has, whom an error is about, what waits for what.
@Suite("A Terraform provider plans")
struct TerraformPlanningTests {
    // MARK: - The configuration's resources

    private static let graph = """
        digraph {
        	compound = "true"
        	subgraph "root" {
        		"[root] aws_instance.node (expand)" [label = "aws_instance.node", shape = "box"]
        		"[root] aws_vpc.shared (expand)" [label = "aws_vpc.shared", shape = "box"]
        		"[root] data.aws_ami.image (expand)" [label = "data.aws_ami.image", shape = "box"]
        		"[root] module.site.module.disk.aws_ebs_volume.this (expand)" [label = "x", shape = "box"]
        		"[root] module.site.data.aws_subnet.own (expand)" [label = "x", shape = "box"]
        		"[root] module.site.var.id (expand)" [label = "x", shape = "note"]
        		"[root] output.nodes (expand)" [label = "output.nodes", shape = "note"]
        		"[root] provider[\\"registry.terraform.io/hashicorp/aws\\"]" [label = "x", shape = "diamond"]
        		"[root] var.nodes" [label = "var.nodes", shape = "note"]
        		"[root] module.site (close)" -> "[root] module.site.output.id (expand)"
        		"[root] aws_instance.node (expand)" -> "[root] var.nodes"
        	}
        }
        """

    @Test func `what a configuration makes is read from its graph`() {
        let graph = TerraformGraph(Array(Self.graph.utf8))
        #expect(
            graph.resources == [
                ["aws_instance.node"], ["aws_vpc.shared"], ["module.site", "module.disk", "aws_ebs_volume.this"],
            ])
        #expect(
            graph.targets(of: ["n1"]) == [
                #"aws_instance.node["n1"]"#, #"aws_vpc.shared["n1"]"#,
                #"module.site.module.disk.aws_ebs_volume.this["n1"]"#, #"module.site.module.disk["n1"]"#,
                #"module.site["n1"]"#,
            ])
        #expect(graph.targets(of: ["n1", "n2"]).count == 10 && graph.targets(of: []).isEmpty)
        #expect(TerraformGraph(Array("Error: no".utf8)).resources.isEmpty)
    }

    // MARK: - Whom an error is about

    private static func run(_ diagnostics: [String], code: Int32 = 1) -> TerraformRun {
        let lines = diagnostics.map {
            #"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"no",\#($0)}}"#
        }
        return TerraformRun(
            name: "terraform plan", mask: SecretMask([]), saysMessages: true,
            outcome: .init(end: .exited(code), output: Array(lines.joined(separator: "\n").utf8)))
    }

    private static func about(_ address: String) -> String {
        #""detail":"of it","address":"\#(address.replacing("\"", with: "\\\""))""#
    }

    /// As Terraform 1.11 tells of a condition that does not hold: without an address.
    private static func condition(_ key: String) -> String {
        #""detail":"bad","address":"","snippet":{"context":"resource \"terraform_data\" \"node\"","#
            + #""values":[{"traversal":"path.module","statement":"is \".\""},{"traversal":"each.key","statement":"is \"\#(key)\""}]}"#
    }

    private static let unkeyed = #""snippet":{"context":"resource \"terraform_data\" \"node\""}"#
    private static let ofOutput = #""snippet":{"context":"output \"nodes\""}"#

    /// 'n1' to 'n4' exist.
    private static let errors: [(errors: [String], isAboutExisting: Bool)] = [
        ([about(#"aws_instance.node["n1"]"#)], true), ([condition("n1")], true), ([unkeyed], true),
        ([about(#"aws_instance.node["n1"]"#), about(#"aws_eip.ip["n2"]"#)], true),
        // Most of them, somebody's else, the whole configuration, an output: another plan would be no better, or must not be made.
        ([about(#"a.b["n1"]"#), about(#"a.b["n2"]"#), condition("n3")], false),
        ([about("aws_vpc.shared")], false), ([about(#"a.b["new"]"#)], false), ([#""detail":"no credentials""#], false),
        ([ofOutput], false), ([about(#"a.b["n1"]"#), ofOutput], false), ([], false),
    ]

    @Test(arguments: errors) private func `a plan that failed is made for the others alone only where that may help`(
        _ errors: [String], _ isAboutExisting: Bool
    ) {
        let names: Set<String> = ["n1", "n2", "n3", "n4"]
        let state = TerraformDecisionTests.state(names)
        let record = TerraformDecisionTests.record(TerraformDecisionTests.nodes("n1", "n2", "n3", "n4"))
        let intent = TerraformIntent(record, state, [.create(TerraformDecisionTests.node("new"))])
        let present = state.addresses(of: intent.names)
        #expect(TerraformPlanCheck.isAboutExisting(Self.run(errors), intent, present: present) == isAboutExisting)
    }

    @Test func `a node is told the errors that are its own, and of another's no more than where they are`() {
        let run = Self.run([Self.about(#"a.b["n1"]"#), Self.condition("n2")])
        #expect(run.words(about: "n1").contains(#"no (a.b["n1"]): of it"#) && !run.words(about: "n1").contains("n2"))
        #expect(run.words(about: "n2").contains(#"no (terraform_data.node["n2"]): bad"#))
        #expect(!run.words(about: "n2").contains("n1"))
        let third = run.words(about: "n3")
        #expect(third.contains(#"'n3' waited for what failed at a.b["n1"], terraform_data.node["n2"]"#))
        #expect(!third.contains("of it"))
        // What is about no node is everybody's.
        let shared = Self.run([Self.about("aws_vpc.shared"), Self.about(#"a.b["n1"]"#)])
        #expect(shared.words(about: "n3").contains("aws_vpc.shared") && !shared.words(about: "n3").contains("n1"))
    }

    // MARK: - What waits for what

    private static func making(_ wishes: [TerraformWish], destroyed: Set<String> = []) -> TerraformIntent {
        let record = TerraformDecisionTests.record(
            TerraformDecisionTests.nodes("whole", "half", "other"), unfinished: ["half", "other"],
            leaving: TerraformDecisionTests.nodes("goes"))
        let state = TerraformDecisionTests.state(["whole", "half", "other", "goes"], listed: ["whole", "goes"])
        return TerraformIntent(record, state, wishes, destroyed: destroyed, isMaking: true)
    }

    @Test func `nothing is destroyed while nodes are made, and it is not forgotten`() {
        var intent = Self.making([.create(TerraformDecisionTests.node("new"))], destroyed: ["half", "whole"])
        #expect(intent.creates == ["new", "other"] && intent.removals.isEmpty)
        #expect(Set(intent.deferred.keys) == ["goes", "half"])
        // They stay in the variables, so that the plan does nothing to them; the journal knows that they go.
        #expect(Set(intent.record.variables.nodes.keys) == ["new", "other", "whole", "half", "goes"])
        #expect(Set(intent.record.journal.leaving.keys) == ["goes", "half"])
        var plan = TerraformMessages([])
        let state = TerraformDecisionTests.state(["whole", "half", "other", "goes"])
        func check() -> TerraformPlanCheck {
            TerraformPlanCheck(plan, intent, present: state.addresses(of: intent.names))
        }
        plan.changes = [TerraformDecisionTests.change("create", #"a.disk["goes"]"#)]
        #expect(check().isHeldByLeaving)
        plan.changes.append(TerraformDecisionTests.change("update", #"a.b["whole"]"#))
        #expect(!check().isHeldByLeaving && check().offences.count == 2)
        // When nothing else helps they go at once.
        intent.destroyDeferred()
        #expect(Set(intent.removals.keys) == ["goes", "half"] && intent.deferred.isEmpty)
        #expect(Set(intent.desired.keys) == ["new", "other", "whole"])
    }

    @Test func `whatever was interrupted and is asked for, a plan that makes nodes destroys none`() {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 0..<(.max))
        var random = SeededRandom(seed: seed)
        let all = (0..<6).map { "n\($0)" }
        for _ in 0..<1000 {
            func pick(_ chance: Double) -> Set<String> { Set(all.filter { _ in random.chance(chance) }) }
            let (known, leaving, present, created, destroyed) = (pick(0.7), pick(0.2), pick(0.7), pick(0.3), pick(0.2))
            func nodes(_ names: Set<String>) -> [String: TerraformNode] {
                Dictionary(uniqueKeysWithValues: names.map { ($0, TerraformDecisionTests.node($0)) })
            }
            let record = TerraformDecisionTests.record(
                nodes(known), unfinished: known.intersection(pick(0.3)), leaving: nodes(leaving))
            let state = TerraformDecisionTests.state(present)
            let intent = TerraformIntent(
                record, state, created.sorted().map { .create(TerraformDecisionTests.node($0)) }, destroyed: destroyed,
                isMaking: true)
            // All that is there stays asked for, and what goes is not forgotten.
            #expect(present.intersection(record.nodes.keys).isSubset(of: intent.desired.keys), "SEED=\(seed)")
            #expect(
                leaving.intersection(present).subtracting(created.subtracting(destroyed))
                    .isSubset(of: intent.record.journal.leaving.keys), "SEED=\(seed)")
            for name in all {
                var plan = TerraformMessages([])
                plan.changes = [
                    TerraformDecisionTests.change("delete", TerraformDecisionTests.address(name).description)
                ]
                let check = TerraformPlanCheck(plan, intent, present: state.addresses(of: intent.names))
                #expect(!check.offences.isEmpty, "\(name) SEED=\(seed)")
            }
        }
    }

    @Test func `a create takes back a destroy that did not come to its end, and what was asked for at once is refused`()
    {
        let intent = Self.making(
            [.create(TerraformDecisionTests.node("goes")), .create(TerraformDecisionTests.node("whole"))],
            destroyed: ["whole"])
        #expect(intent.creates == ["goes", "half", "other"] && intent.deferred.isEmpty && intent.answers[0] == nil)
        guard case .failure(.retryable)? = intent.answers[1] else {
            Issue.record("\(String(describing: intent.answers[1]))")
            return
        }
    }

    @Test func `what was postponed stays unfinished`() {
        var intent = Self.making([])
        intent.postpone(["half"])
        #expect(intent.creates == ["other"] && intent.record.journal.unfinished == ["half", "other"])
        let state = TerraformDecisionTests.state(["whole", "half", "other", "goes"])
        let end = TerraformAftermath(
            intent: intent, state: state, plan: TerraformMessages([]), run: nil, isCertain: true)
        #expect(end.record.journal.unfinished == ["half"] && Set(end.record.journal.leaving.keys) == ["goes"])
        #expect(Set(end.record.variables.nodes.keys) == ["whole", "half", "other"])
    }

    @Test func `a node whose making has not come to its end does not run`() {
        let state = TerraformDecisionTests.state(["n1", "n2"])
        let record = TerraformDecisionTests.record(TerraformDecisionTests.nodes("n1", "n2"), unfinished: ["n2"])
        let listing = TerraformSight(records: [record], state: state)
            .listing(owner: "us", region: "lab", awaited: ["n2"], vanished: [])
        #expect(listing.instances.map(\.state) == [.running, .pending] && listing.complete)
    }
}
