import Testing

@testable import Reconciler

/// What clients of the product are shown of a node group, and what becomes of it when they send it back.
extension ProductImportTests {
    @Test("values that look like secrets are masked wherever they are, and nothing else is")
    func secrets() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let text = Self.small.replacing(
            #""capabilities""#,
            with:
                #""initScripts": ["export PASSWORD=s0", {"run": "s0"}], "propertyOverrides": [{"fileName": "a.properties", "properties": {"jwt.secret": "s1", "port": "80", "API_KEY": 51, "tokens": ["s2"]}, "blocks": [{"name": "db.Password", "value": "s3"}, {"name": "port", "value": "81"}]}], "capabilities""#
        )
        let document = try #require(Self.read(text, ["lab": lab]).group).document
        #expect(!document.contains("s0") && !document.contains("initScripts"))
        // One that was kept before scripts were left out.
        #expect(
            ProductDocument.answer(#"{"initScripts":["s0"],"name":"a","jwt.key":"***"}"#, isPaused: true)
                == #"{"isScalingPaused":true,"name":"a","jwt.key":"***"}"#)
        #expect(ProductDocument.answer("{}", isPaused: false) == #"{"isScalingPaused":false}"#)
        #expect(
            document.contains(
                #"{"jwt.secret":"***","port":"80","API_KEY":"***","tokens":["***"]},"blocks":[{"name":"db.Password","value":"***"},{"name":"port","value":"81"}]"#
            ))
    }

    private static let secretive = small.replacing(
        #""isScalingPaused": true,"#,
        with: #""isScalingPaused": true, "cloudProperties": "env=prod;Api_Token = s1 ;empty_key=","#
    ).replacing(
        #"{"image": "m"}"#, with: #"{"image": "m", "cloudProperties": "instance_type=big;db.password=s2=x"}"#
    ).replacing(
        #""subGroupName": "se","#, with: #""subGroupName": "se", "cloudProperties": "secret=s3;subnet=a","#)

    @Test("values of secrets within properties are masked, and nothing else of them is")
    func properties() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let document = try #require(Self.read(Self.secretive, ["lab": lab]).group).document
        for secret in ["s1", "s2", "s3"] { #expect(!document.contains(secret), "\(secret)") }
        for text in [
            #""cloudProperties":"env=prod;Api_Token =***;empty_key=""#,
            #""cloudProperties":"instance_type=big;db.password=***""#, #""cloudProperties":"secret=***;subnet=a""#,
        ] {
            #expect(document.contains(text), "\(text) in \(document)")
        }
        // One that was kept before they were masked.
        #expect(
            ProductDocument.answer(#"{"cloudProperties":"a=1;token=t"}"#, isPaused: false)
                == #"{"isScalingPaused":false,"cloudProperties":"a=1;token=***"}"#)
    }

    @Test("a masked document that comes back keeps the secrets of now; without any it is refused, and says where")
    func maskedAgain() throws {
        let lab = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
        let group = try #require(Self.read(Self.secretive, ["lab": lab]).group)
        #expect(group.yaml.contains("s1") && group.yaml.contains("s2=x") && group.yaml.contains("s3"))
        let text = ProductWriter.provider("lab", "simulated", nil) + "---\n" + group.yaml
        let now = try #require(SpecReader.read([SpecSource(name: "p", text: text)]).spec)
        let shown = ProductDocument.answer(group.document, isPaused: true)
        let kept = ProductImport.read(SpecSource(name: "x", text: shown), keeping: now.groups) {
            platform throws(ProductImport.ProviderProblem) in try .of(platform, among: now.providers)
        }
        let notes = try #require(kept.group).notes
        #expect(kept.group?.yaml == group.yaml && !notes.contains { $0.contains("masked") })
        // Of a group of another name nothing is taken.
        let other = ProductImport.read(
            SpecSource(name: "x", text: shown.replacing("Small.1", with: "small-1")), keeping: now.groups
        ) {
            platform throws(ProductImport.ProviderProblem) in try .of(platform, among: now.providers)
        }
        for reading in [Self.read(shown, ["lab": lab]), other] {
            #expect(reading.group == nil)
            #expect(
                Set(reading.diagnostics.map(\.message)) == [
                    "sub group 'se': the value of 'Api_Token' is masked, and which secret that is cannot be told",
                    "sub group 'se': the value of 'secret' is masked, and which secret that is cannot be told",
                    "role 'node': the value of 'db.password' is masked, and which secret that is cannot be told",
                ])
            #expect(reading.diagnostics.allSatisfy { $0.suggestion == "put in the secret itself" })
        }
    }

    @Test("a group of ours is shown as one of theirs, which is read as the same again")
    func export() throws {
        let yaml = """
            apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: lab}
            spec: {type: simulated}
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live, annotations: {description: ours}}
            spec:
              provider: lab
              image: m
              limits: {publishers: 5}
              regions:
                - {name: us-east, zone: americas, settings: {subnet: a}}
                - {name: eu-west, roles: {edge: {min: 2, max: 4}}}
              roles:
                origin:
                  capabilities: [publish]
                  endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 5080}]
                  capacity: {connections.publisher: 20}
                  min: 1
                  max: 3
                  scaling: {rules: [{scaleOut: "avg(connections.publisher) > 12", scaleIn: "avg(connections.publisher) < 2"}]}
                edge:
                  parent: origin
                  parents: region
                  capabilities: [subscribe]
                  endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 5080}]
                  capacity: {connections.subscriber: 200}
                  instanceType: small
                  min: 1
                  max: 9
                  scaling: {rules: [{metric: connections.subscriber, target: 60%}]}
            """
        let spec = try #require(SpecReader.read([SpecSource(name: "y", text: yaml)]).spec)
        let shown = ProductDocument.exported(try #require(spec.group("live")), isPaused: true)
        let again = try #require(Self.read(shown, spec.providers).group)
        #expect(again.isScalingPaused)
        let text = "apiVersion: smreconcile/v1\nkind: Provider\nmetadata: {name: lab}\nspec: {type: simulated}\n---\n"
        let read = try #require(SpecReader.read([SpecSource(name: "z", text: text + again.yaml)]).spec?.group("live"))
        let origin = try #require(read.role("origin"))
        #expect(origin.capacity == ["connections.publisher": 20] && origin.min == 1 && origin.max == 3)
        #expect(read.limits.publishers == 5 && read.annotations == ["description": "ours"])
        let edge = try #require(read.role("edge"))
        #expect(edge.parent == "origin" && edge.parents == .region && edge.instanceType == "small")
        #expect(
            read.effectiveRole("edge", in: "eu-west")?.max == 4 && read.effectiveRole("edge", in: "us-east")?.max == 9)
        #expect(read.region("us-east")?.zone == "americas" && read.region("us-east")?.settings == ["subnet": "a"])
        guard case .expression(let out, let back, _, _) = edge.scaling.rules.first else {
            Issue.record("no rule")
            return
        }
        #expect(
            out?.text == "avg(connections.subscriber) > 132.0" && back?.text == "avg(connections.subscriber) < 66")
    }

    private static let tree = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          image: m
          regions:
            - {name: us-east, zone: us-west, settings: {api_token: s3cret, subnet: a}}
            - {name: us-west}
            - {name: eu, zone: eu}
            - {name: asia, zone: far}
          roles:
            all:
              capabilities: [publish, subscribe]
              endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 5080}]
              capacity: {connections.publisher: 20, connections.subscriber: 200, connections.child: 10}
              settings: {db.password: s3cret}
              min: 1
              max: 3
            relay:
              parent: all
              capabilities: [relay]
              capacity: {connections.child: 8}
              min: 1
              max: 4
              scaling: {rules: [{metric: connections.child, target: 50%}]}
            edge:
              parent: relay
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 5080}]
              capacity: {connections.subscriber: 100}
              min: 1
              max: 9
              scaling: {rules: [{scaleOut: "avg(connections.child) > 5", scaleIn: "avg(connections.child) < 1"}]}
        """

    @Test("an export has every limit and the product's names of metrics, keeps zones apart and secrets to itself")
    func exportedTree() throws {
        let spec = try #require(SpecReader.read([SpecSource(name: "y", text: Self.tree)]).spec)
        let shown = ProductDocument.exported(try #require(spec.group("live")), isPaused: false)
        #expect(!shown.contains("s3cret") && shown.contains("api_token=***;subnet=a"))
        #expect(shown.contains("db.password=***"))
        #expect(!shown.contains("connections.child)") && shown.contains("avg(connections.clusterchildren) > 5"))
        #expect(shown.contains(#""capacityRankingExpression":"connections.clusterchildren""#))
        let shares =
            "connections.publisher / 20.0 + connections.subscriber / 200.0 + "
            + "connections.clusterchildren / 10.0"
        #expect(shown.contains("\"\(shares)\""))

        let text = ProductWriter.provider("lab", "simulated", nil) + "---\n"
        let again = Self.read(shown, spec.providers, keeping: spec.groups)
        let group = try #require(again.group, "\(again.diagnostics)")
        let read = try #require(SpecReader.read([SpecSource(name: "z", text: text + group.yaml)]).spec?.group("live"))
        #expect(Set(read.regions.map(\.name)) == ["us-east", "us-west", "eu", "asia"])
        #expect(read.region("us-east")?.zone == "us-west-zone" && read.region("us-west")?.zone == nil)
        #expect(read.region("eu")?.zone == "eu-zone" && read.region("asia")?.zone == "far")
        let relay = try #require(read.role("relay"))
        #expect(relay.capacity == ["connections.child": 8] && relay.capabilities == [.relay])
        guard case .expression(let out, _, _, _) = relay.scaling.rules.first else {
            Issue.record("no rule")
            return
        }
        #expect(out?.metrics == ["connections.child"])
        let all = try #require(read.role("all"))
        let limit = try #require(all.capacityLimit)
        #expect(limit.below == 1)
        #expect(limit.expression.metrics == [Metric.publishers, Metric.subscribers, Metric.children])
        // Full of publishers alone, and half full of viewers alone.
        let publishers: [String: Double] = [Metric.publishers: 20, Metric.subscribers: 0, Metric.children: 0]
        let viewers: [String: Double] = [Metric.publishers: 0, Metric.subscribers: 100, Metric.children: 0]
        let children: [String: Double] = [Metric.publishers: 0, Metric.subscribers: 0, Metric.children: 10]
        #expect(limit.expression.evaluate(node: children).number == 1)
        #expect(limit.expression.evaluate(node: publishers).number == 1)
        #expect(limit.expression.evaluate(node: viewers).number == 0.5)
    }
}
