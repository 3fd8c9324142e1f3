import Testing

@testable import Reconciler

@Suite("A node group of the reference product as one of ours")
struct ProductImportTests {
    @Test(
        "names become ours, or none",
        arguments: [
            ("live", "live"), ("Live_Group.1", "live-group-1"), ("a:b", "a-b"), ("-x-", "x"), ("é", nil), ("...", nil),
            (String(repeating: "a", count: 64), nil),
        ] as [(String, String?)])
    func names(_ name: String, _ ours: String?) {
        #expect(ProductName.ours(name) == ours)
    }

    @Test(
        "Quartz' cron becomes ours, with its own days of the week",
        arguments: [
            ("0 0 12 ? * *", "0 12 * * *"), ("0 30 17 ? * 2-6 *", "30 17 * * 1-5"), ("15 0 12 1 * ?", "15 0 12 1 * *"),
            ("0 0 6 ? * SUN,7", "0 6 * * SUN,6"), ("0 0/15 8-20 ? JAN-MAR 1", "0/15 8-20 * JAN-MAR 0"),
            ("0 0 12 ? * 2/2 *", "0 12 * * 1,3,5"),
        ])
    func cron(_ quartz: String, _ ours: String) throws {
        #expect(try QuartzCron.ours(quartz) == ours)
        _ = try CronExpression(text: ours)
    }

    @Test(
        "days of the week are exactly those of Quartz, whose week ends with Saturday",
        arguments: [
            ("2/2", "1,3,5"), ("2/3", "1,4"), ("4/4", "3"), ("MON/2", "1,3,5"), ("mon/2", "1,3,5"), ("1/2", "0,2,4,6"),
            ("7/2", "6"), ("2/1", "1,2,3,4,5,6"), ("*/3", "0,3,6"), ("FRI-MON", "0,1,5,6"), ("6-2", "0,1,5,6"),
            ("FRI-MON/2", "0,5"), ("MON-SUN", "0,1,2,3,4,5,6"), ("1-7", "0-6"), ("SUN-SAT", "SUN-SAT"),
            ("MON-FRI", "MON-FRI"), ("2-6/2", "1,3,5"), ("2-2", "1-1"), ("SUN", "SUN"), ("7", "6"), ("1", "0"),
            ("2/2,SUN", "1,3,5,SUN"), ("*", "*"), ("?", "*"),
        ])
    func weekdays(_ quartz: String, _ ours: String) throws {
        let cron = try QuartzCron.ours("0 0 12 ? * \(quartz) *")
        #expect(cron == "0 12 * * \(ours)")
        _ = try CronExpression(text: cron)
    }

    @Test(
        "a day that the week of Quartz does not have is refused, and so is a step over more than it",
        arguments: ["0", "8", "1-8", "MONDAY", "2/0", "2/8", "2/", "?/2", "", "1-2-3", "MON-"])
    func noWeekday(_ quartz: String) {
        #expect(throws: QuartzProblem.self) { try QuartzCron.ours("0 0 12 ? * \(quartz),2 *") }
    }

    @Test(
        "what a window cannot say is refused",
        arguments: [
            "0 0 12 L * ?", "0 0 12 15W * ?", "0 0 12 ? * 6#3", "0 0 12 ? * 6L", "0 0 12 ? * * 2027", "0 12 * *",
        ])
    func noCron(_ quartz: String) {
        #expect(throws: QuartzProblem.self) { try QuartzCron.ours(quartz) }
    }

    @Test(
        "percent of the processors is our share of them",
        arguments: [
            ("avg(cpu.usage) > 55.0", Expression.Form.scale, "avg(cpu.system.load) > 0.55"),
            (
                "avg(cpu.usage) > 55 || count(cpu.usage) < 2", .scale,
                "avg(cpu.system.load) > 0.55 || count(cpu.system.load) < 2"
            ),
            ("  avg( cpu.usage )>55", .scale, "avg(cpu.system.load) > 0.55"),
            ("((avg(cpu.usage))) > (55)", .scale, "avg(cpu.system.load) > 0.55"),
            ("55 < p95( cpu.usage\t)", .scale, "0.55 < p95(cpu.system.load)"),
            ("!(max (cpu.usage) >= 2 * 40)", .scale, "!(max(cpu.system.load) * 100 >= 2 * 40)"),
            (
                "sum(cpu.usage) / count(cpu.usage) > 50", .scale,
                "sum(cpu.system.load) * 100 / count(cpu.system.load) > 50"
            ),
            ("avg(my.cpu.usage) > 1", .scale, "avg(my.cpu.usage) > 1"),
            ("avg(cpu.usage.total) > 1", .scale, "avg(cpu.usage.total) > 1"),
            ("cpu.usage", .capacity, "cpu.system.load * 100"),
            ("100 / ( cpu.usage )", .capacity, "100 / (cpu.system.load * 100)"),
            ("cpu.usage + connections.client", .capacity, "cpu.system.load * 100 + connections.client"),
            ("avg(connections.clusterchildren) > 8", .scale, "avg(connections.child) > 8"),
        ])
    func metrics(_ theirs: String, _ form: Expression.Form, _ ours: String) throws {
        #expect(ProductMetric.ours(try Expression(text: theirs, form: form)).text == ours)
    }

    @Test(
        "what nodes are ranked by is a share alone",
        arguments: ["cpu.usage", " cpu.usage ", "((cpu.usage))", "+cpu.usage"])
    func ranking(_ theirs: String) throws {
        let read = try Expression(text: theirs, form: .capacity)
        #expect(ProductMetric.isPercent(read) && ProductMetric.ranking(read).text == "cpu.system.load")
        let group = Self.small.replacing(
            #""min": "1""#,
            with: #""capacityRankingExpression": "\#(theirs)", "capacityLimitExpression": " (80) ", "min": "1""#)
        let yaml = try #require(
            Self.read(group, ["lab": ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))]).group?.yaml)
        #expect(yaml.contains("capacityRanking: cpu.system.load\n"))
        #expect(yaml.contains("capacityLimit: {expression: cpu.system.load, below: 0.8}"))
    }

    @Test(
        "whatever the expression, no metric of the product's remains, its text reads as its tree, and it says the same")
    func anyMetrics() throws {
        for seed in UInt64(0)..<400 {
            var random = SeededRandom(seed: seed)
            let form: Expression.Form = seed % 2 == 0 ? .scale : .capacity
            let root = form == .scale ? Self.truth(4, &random) : Self.number(4, form, &random)
            let theirs = Expression(root: root, form: form)
            #expect(try Expression(text: theirs.text, form: form).root == root, "seed \(seed): \(theirs.text)")
            let ours = ProductMetric.ours(theirs)
            #expect(ours.metrics.isDisjoint(with: ProductMetric.renamed.keys), "seed \(seed): \(ours.text)")
            #expect(try Expression(text: ours.text, form: form).root == ours.root, "seed \(seed): \(ours.text)")
            // Numbers that are exact in binary, so that a factor of 100 loses nothing.
            let load = Double(random.next() % 8) / 8
            let node = ["cpu.system.load": load, "connections.child": 3, "connections.client": 2]
            let named = ProductMetric.withNames(node)
            if form == .capacity {
                let (one, other) = (theirs.evaluate(node: named).number, ours.evaluate(node: node).number)
                #expect((one == nil) == (other == nil), "seed \(seed): \(theirs.text)")
                if let one, let other {
                    #expect(abs(one - other) <= 1e-9 * max(1, abs(one)), "seed \(seed): \(theirs.text)")
                }
            } else {
                let one = theirs.evaluate(over: { named[$0].map { [$0] } ?? [] })
                let other = ours.evaluate(over: { node[$0].map { [$0] } ?? [] })
                #expect(one == other, "seed \(seed): \(theirs.text) | \(ours.text)")
            }
        }
    }

    private static func number(_ depth: Int, _ form: Expression.Form, _ random: inout SeededRandom) -> Expression.Term {
        if depth == 0 || random.chance(0.2) {
            if random.chance(0.3) { return .number(Double(random.next() % 400) / 4) }
            let names = ["cpu.usage", "cpu.usage", "connections.clusterchildren", "connections.client"]
            let name = names[Int(random.next() % 4)]
            let aggregates: [Expression.Aggregate] = [.average, .count, .maximum, .sum, .percentile(95)]
            return form == .capacity ? .metric(name) : .aggregate(aggregates[Int(random.next() % 5)], metric: name)
        }
        if random.chance(0.15) {
            let inner = number(depth - 1, form, &random)
            if case .number(let value) = inner { return .number(-value) }
            return .negate(inner)
        }
        // No division: what is exact stays exact.
        let signs: [Expression.Arithmetic] = [.add, .subtract, .multiply]
        return .arithmetic(
            signs[Int(random.next() % 3)], number(depth - 1, form, &random), number(depth - 1, form, &random))
    }

    private static func truth(_ depth: Int, _ random: inout SeededRandom) -> Expression.Term {
        if depth == 0 || random.chance(0.3) {
            let signs: [Expression.Comparison] = [.greater, .less, .greaterOrEqual, .lessOrEqual]
            return .comparison(
                signs[Int(random.next() % 4)], number(depth / 2, .scale, &random), number(depth / 2, .scale, &random))
        }
        switch random.next() % 3 {
        case 0: return .not(truth(depth - 1, &random))
        case 1: return .and(truth(depth - 1, &random), truth(depth - 1, &random))
        default: return .or(truth(depth - 1, &random), truth(depth - 1, &random))
        }
    }

    @Test(
        "a text is read as itself, whatever it looks like",
        arguments: [
            "plain", "two words", "true", "1e5", "1e999", "7e12345", "0xffffffffffffffffffff", "1.5e-99999", "0o9",
            "0x10", "007", "", " a", "a ", "a: b", "#a", "a #b", "{a}", "[a", "*a",
            "&a", "!a", "'a", "\"a\"", "back\\slash", "tab\tand\nline", "é ü", "\u{7}bell", "null", "~", "-", "- a",
            "?", "%a",
            "@a", "`a", "2026-01-01", "a,b", "\u{2028}", "no", "12:30",
        ])
    func quotes(_ text: String) throws {
        let document = YAMLText.block([.init("key", .text(text)), .init("flow", .braces([.init(text, .text(text))]))])
        let read = YAMLParser.parse(Array(document.document.utf8)[...])
        #expect(read.problem == nil)
        let node = try #require(read.documents.first)
        #expect(node["key"]?.text == text && node["key"]?.isNull == false && node["key"]?.isNumberOrBoolean == false)
        #expect(node["flow"]?[text]?.text == text)
    }

    @Test("bytes that are no node group are refused with a place, and never trap")
    func hostile() {
        let samples = [
            "", "[]", "{}", "null", "{", "\"", "{\"name\":1}", "{\"name\":{},\"roles\":[],\"groups\":1}",
            "{\"name\":\"a\",\"cloudPlatform\":\"X\",\"roles\":{\"a\":{}},\"groups\":{}}",
            String(repeating: "[", count: 5000), String(repeating: "{\"childGroups\":", count: 100),
            "{\"name\":\"a\",\"name\":\"b\"}",
            "{\"name\":\"a\",\"cloudPlatform\":\"X\",\"images\":{},\"roles\":{},\"groups\":"
                + String(repeating: "{\"g\":{\"subGroupName\":\"g\",\"childGroups\":", count: 40)
                + "{}" + String(repeating: "}}", count: 40) + "}",
        ]
        for sample in samples {
            let reading = ProductImport.read(SpecSource(name: "x", text: sample)) {
                _ throws(ProductImport.ProviderProblem) in .standIn
            }
            #expect(reading.group == nil && !reading.diagnostics.isEmpty, "\(sample.prefix(60))")
        }
    }

    static let small = #"""
        {"name": "Small.1", "description": "a \"quoted\" word", "cloudPlatform": "OCI", "clusterPassword": "hidden",
         "isScalingPaused": true, "images": {"i": {"image": "m"}},
         "roles": {"node": {"imageName": "i", "capabilities": ["PUBLISH", "SUBSCRIBE"]}},
         "subGroups": {"se": {"subGroupName": "se", "rulesByRole": {"node": {"min": "1", "max": "2"}}}}}
        """#

    static func read(
        _ text: String, _ providers: [String: ProviderSpec], keeping groups: [NodeGroupSpec] = []
    ) -> ProductImport.Reading {
        ProductImport.read(SpecSource(name: "x", text: text), keeping: groups) {
            platform throws(ProductImport.ProviderProblem) in
            try .of(platform, among: providers)
        }
    }

    @Test("what was sent comes back without secrets, with counts as numbers and the pause of now")
    func document() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let group = try #require(Self.read(Self.small, ["lab": lab]).group)
        #expect(group.isScalingPaused && group.name == "small-1" && group.productName == "Small.1")
        let text = ProductDocument.answer(group.document, isPaused: false)
        #expect(
            text
                == #"{"isScalingPaused":false,"name":"Small.1","description":"a \"quoted\" word","cloudPlatform":"OCI","images":{"i":{"image":"m"}},"roles":{"node":{"imageName":"i","capabilities":["PUBLISH","SUBSCRIBE"]}},"groups":{"se":{"subGroupName":"se","rulesByRole":{"node":{"min":1,"max":2}}}}}"#
        )
        #expect(Self.read(text, ["lab": lab]).group?.yaml == group.yaml)
    }

    @Test("texts are JSON's: surrogate pairs, every escape, and what YAML has no place for")
    func texts() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let text = Self.small.replacing(
            #"a \"quoted\" word"#, with: "\\ud83d\\ude00 \u{7f} \\u007f \\/ \\u00e9 \u{1F600}")
        let group = try #require(Self.read(text, ["lab": lab]).group)
        let wanted = "\u{1F600} \u{7f} \u{7f} / \u{e9} \u{1F600}"
        let spec = try #require(
            SpecReader.read([
                SpecSource(name: "p", text: ProductWriter.provider("lab", "simulated", nil) + "---\n" + group.yaml)
            ]).spec)
        #expect(spec.group("small-1")?.annotations["description"] == wanted)
        #expect(
            Self.read(ProductDocument.answer(group.document, isPaused: true), ["lab": lab]).group?.yaml == group.yaml)
    }

    @Test(
        "what is no JSON is refused at its place",
        arguments: [
            (#"{"a": "\ud83d"}"#, 1, 8), (#"{"a": "\ude00\ud83d"}"#, 1, 8), (#"{"a": "\ud83dx"}"#, 1, 8),
            (#"{"a": "\u12"}"#, 1, 8),
            (#"{"a": "\x"}"#, 1, 8), ("{\n \"\u{e9}\": 'b'}", 2, 7), ("{\"a\": 1,}", 1, 9), ("{\"a\": 1} {}", 1, 10),
            ("{\"a\": 01}", 1, 7), ("{\"a\": \"\t\"}", 1, 8), ("{\"a\": 1, \"a\": 2}", 1, 10), ("{a: 1}", 1, 2),
            ("{\"a\": \"", 1, 7), ("", 1, 1), ("[", 1, 2), (#"{"a": "\"#, 1, 8),
        ])
    func notJSON(_ text: String, _ line: Int, _ column: Int) {
        guard case .failure(let problem) = JSONDocument.parse(Array(text.utf8)) else {
            Issue.record("it is read")
            return
        }
        #expect(problem.line == line && problem.column == column, "\(problem)")
    }

    @Test("two rules for one role are an error, no rule is a note")
    func rules() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let twice = Self.small.replacing(
            #""node": {"min": "1", "max": "2"}"#,
            with: #""node": {"min": "1", "max": "2"}, "b": {"nodeRoleName": "node", "min": "1", "max": "9"}"#)
        #expect(
            Self.read(twice, ["lab": lab]).diagnostics.map(\.message) == [
                "two rules for the role 'node' in sub group 'se'"
            ])
        let none = Self.small.replacing(#"{"node": {"min": "1", "max": "2"}}"#, with: "{}")
        let group = try #require(Self.read(none, ["lab": lab]).group)
        #expect(group.notes.contains("sub group 'se' has no rule for the role 'node': no nodes of it there"))
        #expect(group.yaml.contains("max: 0"))
    }

    @Test("what a client called its roles and sub groups is known by our names")
    func ownNames() {
        let names = ProductNames(
            document: #"""
                {"roles": {"a": {"name": "Edge_1"}, "Origin": {}},
                 "groups": {"x": {"subGroupName": "The_West", "childGroups": [{"subGroupName": "US_West"}]}, "EU": {}}}
                """#)
        #expect(names.role("edge-1") == "Edge_1" && names.role("origin") == "Origin" && names.role("other") == "other")
        #expect(names.place("the-west") == "The_West" && names.place("us-west") == "US_West")
        #expect(names.place("eu") == "EU" && names.place("mars") == "mars")
        #expect(ProductNames(document: "no JSON") == ProductNames())
    }

    @Test("what Amazon's provider is told in other words, and what is guessed, is said")
    func ec2() throws {
        let text = Self.small.replacing(
            #""subGroupName": "se","#,
            with: #""subGroupName": "se", "cloudProperties": "region=us-east-1;volume_size=20","#
        ).replacing(#""imageName": "i","#, with: #""imageName": "i", "cloudProperties": "instance_type=c5.large","#)
        let reading = ProductImport.read(SpecSource(name: "x", text: text)) {
            _ throws(ProductImport.ProviderProblem) in .named("cloud", isEC2: true)
        }
        let notes = try #require(reading.group).notes
        #expect(
            notes.contains(
                "sub group 'se': it is in the region 'us-east-1' of Amazon's: give the provider 'ec2.regions: {se: us-east-1}'"
            ))
        #expect(notes.contains { $0.contains("volumeDevice '/dev/xvda' is a guess") })
    }

    @Test("the provider is the one of the platform's name, or the only one")
    func providers() {
        let (lab, oci) = (
            ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec())),
            ProviderSpec(name: "oci", settings: .simulated(SimulatedSpec()))
        )
        #expect(Self.read(Self.small, ["lab": lab]).group?.yaml.contains("provider: lab\n") == true)
        #expect(Self.read(Self.small, ["lab": lab, "oci": oci]).group?.yaml.contains("provider: oci\n") == true)
        let other = ProviderSpec(name: "other", settings: .simulated(SimulatedSpec()))
        let refused = Self.read(Self.small, ["lab": lab, "other": other])
        #expect(refused.diagnostics.first?.message.contains("there are lab, other") == true)
        #expect(Self.read(Self.small, [:]).diagnostics.first?.message.contains("no provider") == true)
    }
}
