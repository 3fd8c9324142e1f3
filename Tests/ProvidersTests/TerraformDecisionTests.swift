import Foundation
import Reconciler
import Testing

@testable import Providers

/// What the provider decides, without Terraform: whose a resource is, which plans may be applied, what a state and an apply say.
@Suite("A Terraform provider decides")
struct TerraformDecisionTests {
    static func node(_ name: String, token: String? = nil, owner: String = "us", region: String = "lab")
        -> TerraformNode
    {
        TerraformNode(
            entry: TerraformEntry(request(name, token: token, owner: owner, region: region)),
            userData: "data of \(name)",
            nodeToken: "secret-of-\(name)")
    }

    static func nodes(_ names: String...) -> [String: TerraformNode] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, node($0)) })
    }

    static func record(
        _ nodes: [String: TerraformNode], unfinished: Set<String> = [], leaving: [String: TerraformNode] = [:]
    ) -> TerraformRecord {
        var record = TerraformRecord(variables: TerraformVariables(nodes: nodes))
        record.journal = TerraformJournal(lineage: "l", serial: 5, unfinished: unfinished, leaving: leaving)
        return record
    }

    /// A state with one machine for each of `names`, of which `listed` are in the output.
    static func state(_ names: Set<String>, listed: Set<String>? = nil, serial: Int = 5) -> TerraformState {
        var state = TerraformState(lineage: "l", serial: serial)
        for name in names { state.resources[address(name)] = false }
        state.nodes = Dictionary(
            uniqueKeysWithValues: (listed ?? names).map {
                ($0, .init(id: "i-\($0)", address: "192.0.2.1", state: .running, endpoints: []))
            })
        return state
    }

    static func address(_ name: String) -> TerraformAddress {
        TerraformAddress("module.node[\"\(name)\"].aws_instance.this[0]")
    }

    static func change(_ action: String, _ address: String, _ reason: String? = nil) -> TerraformMessages.Change {
        .init(address: TerraformAddress(address), action: action, reason: reason)
    }

    // MARK: - Addresses

    @Test(arguments: [
        ("aws_instance.node[\"live-edge-1\"]", ["live-edge-1"]),
        ("module.node[\"live-edge-1\"].aws_instance.this", ["live-edge-1"]),
        ("module.a[0].module.node[\"n1\"].aws_eip.ip[\"blue\"]", ["n1", "blue"]),
        ("aws_instance.node[3]", []), ("aws_vpc.shared", []), (#"x.y["a\"]b"]"#, ["a\"]b"]),
    ]) func `the keys of an address`(_ text: String, _ keys: [String]) {
        #expect(TerraformAddress(text).keys == keys)
    }

    @Test func `an address belongs to one node or to none`() {
        #expect(TerraformAddress(#"a.b["n1"]"#).node(among: ["n1", "n2"]) == "n1")
        #expect(TerraformAddress(#"module.m["n1"].a.b["x"]"#).node(among: ["n1", "n2"]) == "n1")
        #expect(TerraformAddress(#"module.m["n1"].a.b["n2"]"#).node(among: ["n1", "n2"]) == nil)
        #expect(TerraformAddress("a.b").node(among: ["n1"]) == nil)
    }

    // MARK: - Plans

    /// Node 'new' is created, 'half' was left unfinished, 'old' is destroyed, 'stays' is none of the plan's business.
    private static let plans: [(change: TerraformMessages.Change, isAllowed: Bool)] = [
        (change("create", #"a.b["new"]"#), true), (change("create", #"a.b["half"]"#), true),
        (change("update", #"a.b["half"]"#), true), (change("delete", #"module.m["old"].a.b[0]"#), true),
        (change("replace", #"a.b["half"]"#, "tainted"), true), (change("read", "data.a.b"), true),
        (change("noop", #"a.b["stays"]"#), true),
        (change("replace", #"a.b["half"]"#, "cannot_update"), false), (change("create", #"a.b["stays"]"#), false),
        (change("update", #"a.b["stays"]"#), false), (change("delete", #"a.b["stays"]"#), false),
        (change("replace", #"a.b["stays"]"#, "tainted"), false), (change("replace", #"a.b["new"]"#, nil), false),
        (change("delete", #"a.b["new"]"#), false), (change("create", #"a.b["old"]"#), false),
        (change("create", "a.shared"), false), (change("update", "a.shared"), false),
        (change("delete", "a.shared"), false),
        (change("delete", #"a.b["strange"]"#), false), (change("move", #"a.b["new"]"#), false),
        (change("forget", #"a.b["old"]"#), false), (change("import", #"a.b["new"]"#), false),
        (change("delete", #"module.m["old"].a.b["stays"]"#), false),
    ]

    @Test(arguments: plans) private func `one change that belongs to no node of the round is enough to refuse a plan`(
        _ change: TerraformMessages.Change, _ isAllowed: Bool
    ) {
        let known = Self.record(Self.nodes("half", "old", "stays"), unfinished: ["half"])
        let state = Self.state(["half", "old", "stays"])
        let intent = TerraformIntent(
            known, state, [.create(Self.node("new")), .destroy(request("old").reference)])
        var plan = TerraformMessages([])
        plan.changes = [Self.change("create", #"a.b["new"]"#), change]
        let check = TerraformPlanCheck(plan, intent, present: state.addresses(of: intent.names))
        #expect(check.offences == (isAllowed ? [] : ["\(change.action) \(change.address)"]))
        #expect((check.refusal("/w") == nil) == isAllowed)
    }

    @Test func `a node of which nothing is left is forgotten, and one of which something is left is an offence`() {
        let state = Self.state(["whole", "half"])
        var more = state
        more.resources[TerraformAddress(#"aws_eip.ip["half"]"#)] = false
        let intent = TerraformIntent(Self.record(Self.nodes("whole", "half")), more, [.create(Self.node("new"))])
        var plan = TerraformMessages([])
        for name in ["whole", "half"] {
            plan.drift.append(.init(address: Self.address(name), action: "delete", reason: nil))
            plan.changes.append(.init(address: Self.address(name), action: "create", reason: nil))
        }
        let check = TerraformPlanCheck(plan, intent, present: more.addresses(of: intent.names))
        #expect(check.vanished == ["whole"])
        #expect(check.offences == ["create \(Self.address("half"))"])
    }

    @Test(arguments: [
        (vanished: 1, all: 1, isBelieved: true), (vanished: 1, all: 2, isBelieved: true),
        (vanished: 2, all: 2, isBelieved: false), (vanished: 2, all: 3, isBelieved: false),
        (vanished: 2, all: 4, isBelieved: true), (vanished: 3, all: 4, isBelieved: false),
    ]) func `most nodes do not vanish at once`(_ vanished: Int, _ all: Int, _ isBelieved: Bool) {
        let names = (0..<all).map { "n\($0)" }
        let state = Self.state(Set(names))
        let record = Self.record(Dictionary(uniqueKeysWithValues: names.map { ($0, Self.node($0)) }))
        let intent = TerraformIntent(record, state, [.create(Self.node("new"))])
        var plan = TerraformMessages([])
        for name in names.prefix(vanished) {
            plan.drift.append(.init(address: Self.address(name), action: "delete", reason: nil))
        }
        let check = TerraformPlanCheck(plan, intent, present: state.addresses(of: intent.names))
        #expect((check.doubt == nil) == isBelieved)
        if !isBelieved { #expect(check.doubt?.contains("\(vanished) of \(all) nodes have vanished") == true) }
        let sight = TerraformSight(records: [record], state: state)
        let listing = sight.listing(owner: "us", region: "lab", awaited: [], vanished: [], doubt: check.doubt)
        #expect(listing.complete == isBelieved && listing.instances.count == all)
    }

    @Test func `whatever a plan does, a node that was not named keeps all it has`() {
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? .random(in: 0..<(.max))
        var random = SeededRandom(seed: seed)
        let all = (0..<8).map { "n\($0)" }
        for _ in 0..<2000 {
            let present = Set(all.filter { _ in random.chance(0.6) })
            let leaving = Set(present.filter { _ in random.chance(0.1) })
            let staying = present.subtracting(leaving)
            let known = Self.record(
                Dictionary(uniqueKeysWithValues: staying.map { ($0, Self.node($0)) }),
                unfinished: staying.filter { _ in random.chance(0.1) },
                leaving: Dictionary(uniqueKeysWithValues: leaving.map { ($0, Self.node($0)) }))
            let wishes: [TerraformWish] = all.compactMap { name in
                guard random.chance(0.4) else { return nil }
                return random.chance(0.5) ? .create(Self.node(name)) : .destroy(request(name).reference)
            }
            let state = Self.state(present)
            let intent = TerraformIntent(known, state, wishes)
            var plan = TerraformMessages([])
            let actions = ["create", "update", "delete", "replace", "noop", "read", "move", "forget"]
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = random.chance(0.1) ? "a.shared" : "a.b[\"\(all.randomElement(using: &random) ?? "n0")\"]"
                plan.changes.append(
                    Self.change(
                        actions.randomElement(using: &random) ?? "noop", place, random.chance(0.5) ? "tainted" : nil))
            }
            let named = Set(wishes.filter { !$0.isCreate }.map(\.node)).union(leaving)
            let check = TerraformPlanCheck(plan, intent, present: state.addresses(of: intent.names))
            // What the plan would follow from the variables, and what it would do to what is there.
            #expect(staying.subtracting(named).isSubset(of: intent.desired.keys), "SEED=\(seed)")
            guard check.offences.isEmpty else { continue }
            for change in plan.changes where ["delete", "replace", "forget", "move"].contains(change.action) {
                let node = change.address.node(among: Set(all))
                let isOurs =
                    change.action == "delete"
                    ? node.map(named.contains) ?? false
                    : change.action == "replace" && change.reason == "tainted"
                        && node.map(intent.creates.contains) ?? false
                #expect(isOurs, "\(change) SEED=\(seed)")
            }
        }
    }

    // MARK: - Intents

    @Test func `what exists is returned, what does not is made, and another's is refused`() throws {
        let known = Self.record(
            Self.nodes("whole", "half", "lost").merging(["theirs": Self.node("theirs", owner: "them")]) { one, _ in one
            },
            unfinished: ["half", "never"])
        let intent = TerraformIntent(
            known, Self.state(["whole", "half", "theirs"], listed: ["whole", "theirs"]),
            [
                .create(Self.node("whole")), .create(Self.node("half")), .create(Self.node("lost")),
                .create(Self.node("theirs")), .create(Self.node("whole", token: "another")),
                .destroy(request("nobody").reference),
            ])
        #expect(try intent.answers[0]?.get()?.id == "i-whole")
        #expect(intent.answers[1] == nil && intent.answers[2] == nil)
        for place in [3, 4] {
            guard case .failure(.terminal)? = intent.answers[place] else {
                Issue.record("\(place): \(String(describing: intent.answers[place]))")
                continue
            }
        }
        #expect(intent.answers[5] != nil && (try? intent.answers[5]?.get()) == .some(nil))
        #expect(intent.creates == ["half", "lost"] && intent.removals.isEmpty)
        #expect(Set(intent.desired.keys) == ["whole", "half", "lost", "theirs"])
        #expect(Set(intent.before.variables.nodes.keys) == ["whole", "half", "theirs"])
    }

    @Test func `a destroy that was interrupted goes on, and a create that never began does not`() {
        let known = Self.record(
            Self.nodes("stays", "begun", "never"), unfinished: ["begun", "never"], leaving: Self.nodes("goes", "gone"))
        let intent = TerraformIntent(known, Self.state(["stays", "begun", "goes"], listed: ["stays", "goes"]), [])
        #expect(Set(intent.desired.keys) == ["stays", "begun"])
        #expect(intent.creates == ["begun"] && Set(intent.removals.keys) == ["goes"])
    }

    @Test func `a node that nobody wrote down is not gone while the state has it`() {
        let intent = TerraformIntent(
            Self.record([:]), Self.state(["strange"]),
            [.destroy(request("strange").reference), .destroy(request("nobody").reference)])
        guard case .failure(.retryable(let words))? = intent.answers[0] else {
            Issue.record("\(String(describing: intent.answers[0]))")
            return
        }
        #expect(words.contains("'strange'"))
        #expect(intent.answers[1] != nil && (try? intent.answers[1]?.get()) == .some(nil))
    }

    // MARK: - After an apply

    /// After an apply that was to make `planned` and failed with an error about `culprit`.
    private static func aftermath(
        _ intent: TerraformIntent, planned: [String], culprit: String, after: TerraformState
    ) -> TerraformAftermath {
        var plan = TerraformMessages([])
        for name in planned { plan.changes.append(change("create", address(name).description)) }
        let line =
            #"{"type":"diagnostic","diagnostic":{"severity":"error","summary":"no","address":"a.b[\"\#(culprit)\"]"}}"#
        let outcome = CommandRun.Outcome(end: .exited(1), output: Array(line.utf8))
        let run = TerraformRun(name: "terraform apply", mask: SecretMask([]), saysMessages: true, outcome: outcome)
        return TerraformAftermath(intent: intent, state: after, plan: plan, run: run, isCertain: true)
    }

    @Test func `another node's failure leaves a node that is whole finished`() {
        let known = Self.record(Self.nodes("stuck"))
        let intent = TerraformIntent(
            known, Self.state(["stuck"]),
            [.create(Self.node("n1")), .create(Self.node("n2")), .destroy(request("stuck").reference)])
        var after = Self.state(["stuck", "n1", "n2"], listed: ["stuck", "n1"], serial: 6)
        let end = Self.aftermath(intent, planned: ["n1", "n2"], culprit: "stuck", after: after)
        #expect(end.ready == ["n1"] && end.failed.isEmpty)
        #expect(end.record.journal.unfinished == ["n2"])
        // In the output, and half of it is missing or broken.
        after.resources[Self.address("n1")] = true
        #expect(Self.aftermath(intent, planned: ["n1", "n2"], culprit: "stuck", after: after).ready.isEmpty)
        after.resources[Self.address("n1")] = nil
        after.resources[TerraformAddress(#"aws_eip.ip["n1"]"#)] = false
        #expect(Self.aftermath(intent, planned: ["n1", "n2"], culprit: "stuck", after: after).ready.isEmpty)
    }

    @Test func `a node that was in the output is never undone`() {
        let known = Self.record(Self.nodes("listed", "half"), unfinished: ["listed", "half"])
        let state = Self.state(["listed", "half"], listed: ["listed"])
        let intent = TerraformIntent(known, state, [.create(Self.node("new"))])
        for (culprit, failed) in [("listed", ["new"]), ("half", ["half", "new"]), ("new", ["new"])] {
            let end = Self.aftermath(intent, planned: ["new"], culprit: culprit, after: state)
            #expect(end.failed == Set(failed), "\(culprit)")
            #expect(intent.settling(undoing: end.failed, keeping: []).desired["listed"] != nil)
        }
    }

    // MARK: - Trust

    @Test func `a directory without a configuration is no workspace, and nothing is written there`() throws {
        let place = NSTemporaryDirectory() + "smreconcile-terraform-\(UInt64.random(in: 0..<(.max)))"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let files = TerraformFiles(directory: place)
        do throws(ProviderFailure) {
            try files.prepare()
            Issue.record("it was taken for a workspace")
        } catch {
            guard case .retryable(let words) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(words.contains("is a volume not mounted?"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
        try Data().write(to: URL(fileURLWithPath: place + "/main.tofu.json"))
        try files.prepare()
        #expect(FileManager.default.fileExists(atPath: place + "/.smreconcile"))
    }

    @Test func `a state that was lost, swapped or rolled back is not believed`() {
        let files = TerraformFiles(directory: "/w")
        func problem(_ state: TerraformState, _ adjust: (inout TerraformRecord) -> Void = { _ in }) -> String? {
            var record = Self.record(Self.nodes("n1"))
            adjust(&record)
            return TerraformTrust.problem(state, record, files)
        }
        #expect(problem(Self.state(["n1"])) == nil)
        #expect(problem(Self.state([])) == nil, "taken out by hand")
        #expect(problem(.blank)?.contains("is empty, and was not") == true)
        #expect(problem(.blank) { $0.journal.lineage = "" }?.contains("names 1 nodes") == true)
        #expect(problem(.blank) { $0 = TerraformRecord() } == nil)
        #expect(problem(Self.state(["n1"], serial: 4))?.contains("older") == true)
        #expect(problem(Self.state(["n1"])) { $0.journal.lineage = "k" }?.contains("another state") == true)
        var mute = Self.state(["n1"])
        mute.nodes = nil
        #expect(problem(mute)?.contains("has no output 'nodes'") == true)
        #expect(problem(mute) { $0.journal.unfinished = ["n1"] } == nil)
    }

    // MARK: - Listings

    @Test func `a listing tells what the state holds, and where it cannot say`() {
        var sight = TerraformSight(
            records: [
                Self.record(
                    Self.nodes("up", "new", "half", "taken").merging(["far": Self.node("far", region: "lab2")]) {
                        one, _ in one
                    },
                    unfinished: ["new", "half"], leaving: Self.nodes("goes"))
            ],
            state: Self.state(["up", "half", "goes", "far"], listed: ["up", "goes", "far"]))
        func list(awaited: Set<String> = [], vanished: Set<String> = []) -> Listing {
            sight.listing(owner: "us", region: "lab", awaited: awaited, vanished: vanished)
        }
        func states(_ listing: Listing) -> [String: Instance.State] {
            Dictionary(uniqueKeysWithValues: listing.instances.map { ($0.tags.node.rawValue, $0.state) })
        }
        let plain = list()
        #expect(states(plain) == ["up": .running, "half": .pending, "goes": .stopping])
        #expect(!plain.complete && plain.shortfall?.contains("'new'") == true)
        #expect(list(awaited: ["new"]).complete)
        #expect(states(list(vanished: ["up"]))["up"] == .gone)
        #expect(sight.listing(owner: "us", region: "lab2", awaited: [], vanished: []).complete)
        #expect(sight.listing(owner: "u", region: "lab", awaited: [], vanished: []).instances.isEmpty)
        let up = sight.state.nodes?["up"]
        sight.state.nodes?["strange"] = up
        #expect(list(awaited: ["new"]).shortfall?.contains("'strange'") == true)
        #expect(!list(awaited: ["new"]).complete)
    }

    // MARK: - Words

    @Test(arguments: [
        ("creating EC2 Instance: InsufficientInstanceCapacity: We currently do not have sufficient capacity", true),
        ("googleapi: Error 403: Quota 'CPUS' exceeded. Limit: 24.0 in region us-east1., quotaExceeded", true),
        ("Error: 500-InternalError, Out of host capacity.", true),
        ("VcpuLimitExceeded: You have requested more vCPU capacity", true),
        ("RequestLimitExceeded: Request limit exceeded.", false),
        ("InvalidAMIID.NotFound: the image id does not exist", false),
    ]) func `the clouds' words for no room`(_ text: String, _ isShortage: Bool) {
        #expect(TerraformAftermath.isShortage(text) == isShortage)
    }

    @Test func `a plan that counts more than it lists is not understood`() {
        func plan(_ add: Int) -> TerraformMessages {
            let lines = """
                {"type":"planned_change","change":{"resource":{"addr":"a.b[\\"n\\"]"},"action":"create"}}
                not json
                {"type":"change_summary","changes":{"add":\(add),"change":0,"remove":0,"operation":"plan"}}
                """
            return TerraformMessages(Array(lines.utf8))
        }
        #expect(plan(1).isWhole && !plan(2).isWhole && !TerraformMessages([]).isWhole)
    }

    @Test func `the variables hold the secrets apart, and read as they were written`() throws {
        let variables = TerraformVariables(nodes: Self.nodes("n1", "n2"))
        let data = try variables.data()
        #expect(try TerraformVariables(data) == variables)
        let text = String(decoding: data, as: UTF8.self)
        let nodes = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])["nodes"]
        let shown = String(
            decoding: try JSONSerialization.data(withJSONObject: try #require(nodes)), as: UTF8.self)
        #expect(text.contains("secret-of-n1") && !shown.contains("secret-of"))
        #expect(shown.contains(#""instance_type":null"#))
    }
}
