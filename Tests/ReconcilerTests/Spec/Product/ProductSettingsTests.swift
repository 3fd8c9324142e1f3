import Testing

@testable import Reconciler

@Suite("Settings of a node group on the way to the product's words and back")
struct ProductSettingsTests {
    private static func group(_ type: String, _ regions: [String], _ role: String = "{a: b}") -> String {
        """
        \(ProductWriter.provider("lab", type, type == "ec2" ? "{}" : nil))
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          image: ami-1
          regions:
        \(regions.map { "    - \($0)\n" }.joined())
          roles:
            edge:
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 5080}]
              instanceType: small
              settings: \(role)
              min: 1

        """
    }

    private static func spec(_ text: String) throws -> Spec {
        let reading = SpecReader.read([SpecSource(name: "y", text: text)])
        return try #require(reading.spec, "\(reading.errors)")
    }

    private static func read(_ text: String, _ now: Spec) -> ProductImport.Reading {
        ProductImport.read(SpecSource(name: "x", text: text), keeping: now.groups) {
            platform throws(ProductImport.ProviderProblem) in try .of(platform, among: now.providers)
        }
    }

    /// What it is after its document was got, changed and put.
    private static func again(
        _ now: Spec, _ change: (String) -> String = { $0 }
    ) throws -> (group: NodeGroupSpec, notes: [String]) {
        let group = try #require(now.groups.first)
        let reading = read(change(ProductDocument.exported(group, isPaused: false)), now)
        let made = try #require(reading.group, "\(reading.diagnostics)")
        let type = now.providers["lab"]?.settings.typeName == "ec2" ? "ec2" : "simulated"
        let text = ProductWriter.provider("lab", type, type == "ec2" ? "{}" : nil) + "---\n" + made.yaml
        let result = try #require(try spec(text).groups.first)
        return (result, made.notes)
    }

    @Test("of ec2 all settings that it knows come back")
    func ec2() throws {
        let region =
            "{name: us, settings: {subnet: subnet-1, securityGroups: sg-1, keyName: ops, "
            + "metadataTokens: optional, "
            + "metadataHops: 2, instanceProfile: media, publicIp: true}}"
        let role =
            "{volumeSize: 30, volumeDevice: /dev/sda1, volumeType: gp3, "
            + "volumeEncrypted: true, spot: true, image: ami-2}"
        let now = try Self.spec(Self.group("ec2", [region], role))
        let put = try Self.again(now)
        #expect(put.group.region("us")?.settings == now.groups.first?.region("us")?.settings)
        #expect(put.group.role("edge")?.settings == now.groups.first?.role("edge")?.settings)
        #expect(!put.notes.contains { $0.contains("no setting") || $0.contains("guess") })
        // The name of a key pair is no secret; one that an earlier version masked is still the one of now.
        let shown = ProductDocument.exported(try #require(now.groups.first), isPaused: false)
        #expect(shown.contains("keyName=ops") && shown.contains("metadataTokens=optional"))
        let masked = try Self.again(now) { $0.replacing("keyName=ops", with: "key_name=***") }
        #expect(masked.group.region("us")?.settings["keyName"] == "ops")
    }

    @Test("a word of the product's and ours for one setting are one, and the last counts")
    func twice() throws {
        let region = "{name: us, settings: {subnet: subnet-1, securityGroups: sg-1}}"
        let now = try Self.spec(Self.group("ec2", [region], "{spot: true}"))
        let put = try Self.again(now) { $0.replacing("subnet=subnet-1", with: "security_group=sg-2") }
        #expect(put.group.region("us")?.settings == ["securityGroups": "sg-2"])
    }

    @Test("a setting that cloudProperties cannot say is not shown, and stays as it is")
    func unsaid() throws {
        let settings = #"{list: "a;b", empty: "", blank: " a", token: "", region: us, "x=y": z, plain: p, api_key: k}"#
        let role = #"{list: "a;b", empty: "", instance_type: x, region: us, db.password: "s;t"}"#
        let now = try Self.spec(Self.group("simulated", ["{name: us, settings: \(settings)}", "{name: eu}"], role))
        let shown = ProductDocument.exported(try #require(now.groups.first), isPaused: false)
        #expect(shown.contains(#""api_key=***;plain=p""#))
        let put = try Self.again(now)
        #expect(put.group.region("us")?.settings == now.groups.first?.region("us")?.settings)
        #expect(put.group.region("eu")?.settings == [:])
        #expect(put.group.role("edge")?.settings == now.groups.first?.role("edge")?.settings)
        #expect(put.group.role("edge")?.instanceType == "small")
        let note = "sub group 'us': the setting 'list', which cloudProperties cannot say, stays as it is"
        #expect(put.notes.contains(note))
        // What the client says counts.
        let changed = try Self.again(now) { $0.replacing("plain=p", with: "plain=q;list=c") }
        let changes = changed.group.region("us")?.settings
        #expect(changes?["list"] == "c" && changes?["plain"] == "q")
    }

    struct Masks: CustomTestStringConvertible, Sendable {
        var what: String
        /// The tokens of now, by region.
        var now: [String: String]
        /// `cloudProperties` of the group.
        var all: String = "token=***"
        /// Sub groups, with their own.
        var sent: [String: String]
        /// Tokens after it; nil: refused.
        var want: [String: String]?
        var testDescription: String { what }
    }

    @Test(
        "a mask is the secret of now where that is certain, else an error",
        arguments: [
            Masks(
                what: "one for all", now: ["a": "s", "b": "s"], sent: ["a": "", "b": ""],
                want: ["a": "s", "b": "s"]),
            Masks(what: "a new region", now: ["a": "s", "b": "s"], sent: ["a": "", "b": "", "c": ""]),
            Masks(what: "a renamed region", now: ["a": "s", "b": "s"], sent: ["a": "", "c": ""]),
            Masks(what: "an override that is gone", now: ["a": "s", "b": "t"], sent: ["a": "", "b": ""]),
            Masks(what: "a region that is gone", now: ["a": "s", "b": "s"], sent: ["a": ""], want: ["a": "s"]),
            Masks(what: "a region with another that is gone", now: ["a": "s", "b": "t"], sent: ["a": ""]),
            Masks(
                what: "an override that is there", now: ["a": "s", "b": "t"], sent: ["a": "", "b": "token=***"],
                want: ["a": "s", "b": "t"]),
            Masks(
                what: "each its own", now: ["a": "s", "b": "t"], all: "", sent: ["a": "token=***", "b": "token=***"],
                want: ["a": "s", "b": "t"]),
            Masks(
                what: "one beside a new secret", now: ["a": "s", "b": "t"], all: "",
                sent: ["a": "token=***", "b": "token=u"],
                want: ["a": "s", "b": "u"]),
            Masks(what: "its own, and a new region", now: ["a": "s"], all: "", sent: ["c": "token=***"]),
            Masks(what: "none there is", now: ["a": ""], sent: ["a": ""]),
        ])
    func masks(_ sample: Masks) throws {
        let regions = sample.now.sorted { $0.key < $1.key }.map { name, token in
            token.isEmpty ? "{name: \(name)}" : "{name: \(name), settings: {token: \(token)}}"
        }
        let now = try Self.spec(Self.group("simulated", regions))
        let groups = sample.sent.sorted { $0.key < $1.key }.map { name, properties in
            "\"\(name)\": {\"subGroupName\": \"\(name)\", \"cloudProperties\": \"\(properties)\", "
                + "\"rulesByRole\": {\"edge\": {\"min\": 1, \"max\": 1}}}"
        }
        let text = """
            {"name": "live", "cloudPlatform": "LAB", "cloudProperties": "\(sample.all)", "images": {"i": {"image": "m"}},
             "roles": {"edge": {"imageName": "i", "capabilities": ["SUBSCRIBE"]}},
             "groups": {\(groups.joined(separator: ", "))}}
            """
        let reading = Self.read(text, now)
        guard let want = sample.want else {
            #expect(reading.group == nil && !reading.diagnostics.isEmpty)
            #expect(reading.diagnostics.allSatisfy { $0.message.contains("'token' is masked") && $0.location.line > 0 })
            return
        }
        let made = try #require(reading.group, "\(reading.diagnostics)")
        let put = try Self.spec(ProductWriter.provider("lab", "simulated", nil) + "---\n" + made.yaml)
        let tokens = (put.groups.first?.regions ?? []).compactMap { region in
            region.settings["token"].map { (region.name, $0) }
        }
        #expect(Dictionary(tokens, uniquingKeysWith: { first, _ in first }) == want)
    }

    @Test("a setting that the user data of an ec2 provider asks for is not lost in silence")
    func userData() throws {
        let text = Self.group("ec2", ["{name: us, settings: {subnet: subnet-1}}"], "{spot: true}")
        var now = try Self.spec(text)
        now.groups[0].regions[0].settings["site"] = "x"
        let shown = ProductDocument.exported(now.groups[0], isPaused: false)
        let reading = Self.read(shown, now)
        #expect(reading.group == nil)
        #expect(
            reading.diagnostics.map(\.message) == [
                "sub group 'us': the setting 'site' is none of ec2's, and would be lost"
            ])
    }
}
