import Foundation
import Testing

@testable import Reconciler

@Suite struct SpecReaderTests {
    private let lab = "apiVersion: smreconcile/v1\nkind: Provider\nmetadata: {name: lab}\nspec: {type: simulated}\n"

    private func group(_ name: String, provider: String = "lab") -> String {
        """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: \(name)}
        spec:
          provider: \(provider)
          regions: [{name: a}]
          roles: {relay: {capabilities: [relay], min: 2}}

        """
    }

    @Test func `all errors of all files are shown at once, in their order`() {
        let reading = SpecReader.read([
            SpecSource(name: "b.yaml", text: group("one", provider: "nowhere") + "---\na: [\n"),
            SpecSource(name: "a.yaml", text: "kind: Managr\napiVersion: smreconcile/v1\nspec: {}\n"),
            SpecSource(name: "c.yaml", text: group("one")),
            SpecSource(name: "d.yaml", text: lab),
        ])
        #expect(reading.spec == nil)
        #expect(
            reading.diagnostics.map(\.description) == [
                "b.yaml:5:13: unknown provider 'nowhere'; add a document of kind Provider with this name",
                "b.yaml:10:1: expected a value",
                "a.yaml:1:7: unknown kind 'Managr'; did you mean 'Manager'?",
                "c.yaml:3:18: node group 'one' is there twice; the first is at b.yaml:3",
            ])
    }

    @Test func `errors of a large file are at their places`() {
        // Comments make it large, so that the test stays quick.
        let filler = String(repeating: "# " + String(repeating: "x", count: 500) + "\n", count: 1100)
        let parts = [lab, filler, group("one"), filler, group("one"), filler, group("last", provider: "none")]
        let text = parts.joined(separator: "---\n")
        #expect(YAMLFile.parts(of: Array(text.utf8)).count >= 3)
        let found = SpecFixtures.read(text).diagnostics.map { "\($0.location.line) \($0.message)" }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let names = lines.indices.filter { lines[$0] == "metadata: {name: one}" }.map { $0 + 1 }
        let provider = lines.indices.filter { lines[$0] == "  provider: none" }.map { $0 + 1 }
        #expect(
            found == [
                "\(names[1]) node group 'one' is there twice; the first is at spec.yaml:\(names[0])",
                "\(provider[0]) unknown provider 'none'",
            ])
    }

    @Test func `several groups may serve the same scope`() {
        let reading = SpecReader.read([
            SpecSource(name: "a.yaml", text: lab), SpecSource(name: "b.yaml", text: group("one")),
            SpecSource(name: "c.yaml", text: group("two")),
        ])
        #expect(reading.diagnostics == [])
        #expect(reading.spec?.groups.map(\.name) == ["one", "two"])
        #expect(reading.spec?.groups.map { $0.source?.file } == ["b.yaml", "c.yaml"])
    }

    @Test func `a provider that could not be read is not unknown`() {
        let reading = SpecFixtures.read(
            lab.replacingOccurrences(of: "simulated", with: "simulate") + "---\n" + group("one"))
        #expect(reading.diagnostics.map(\.location.line) == [4])
    }

    @Test func `a role without max has a fixed size`() {
        let relay = SpecFixtures.read(lab + "---\n" + group("one")).spec?.group("one")?.role("relay")
        #expect(relay?.min == 2)
        #expect(relay?.max == 2)
    }

    @Test func `no file at all is an empty spec`() {
        #expect(SpecReader.read([]).spec == Spec())
        #expect(SpecFixtures.read("# nothing\n").spec == Spec())
    }

    @Test func `roles are shared by anchors and merge keys`() throws {
        let text = """
            \(lab)---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: lab
              regions: [{name: a}]
              roles:
                relay: &relay {capabilities: [relay], min: 1, max: 3}
                second: {<<: *relay, parent: relay, max: 5}
            """
        let group = try #require(SpecFixtures.read(text).spec?.group("live"))
        #expect(group.roles.map(\.name) == ["relay", "second"])
        #expect(group.roles.map(\.max) == [3, 5])
        #expect(group.roles[1].capabilities == [.relay])
    }

    @Test func `an error in what aliases share is shown once`() {
        let text =
            "apiVersion: smreconcile/v1\nkind: Manager\nmetadata: {labels: &l {a: []}, annotations: *l}\nspec: {}\n"
        #expect(SpecFixtures.read(text).diagnostics.map(\.location.column) == [27])
    }

    @Test(arguments: [
        "scopes: [7]", "scopes: [1e999]", "scopes: [0xffffffffffffffffffff]", "scopes: [true]", "image: 1e999",
    ])
    func `a text that looks like something else needs quotes`(_ line: String) {
        let text = group("one").replacing("regions: [{name: a}]", with: "regions: [{name: a}]\n  \(line)")
        let reading = SpecReader.read([SpecSource(name: "a.yaml", text: lab + "---\n" + text)])
        #expect(reading.diagnostics.count == 1 && reading.spec == nil, "\(reading.diagnostics)")
        #expect(reading.diagnostics.first?.description.hasSuffix("in quotes") == true, "\(reading.diagnostics)")
    }

    @Test(arguments: ["7", "0x10", "1e3", "1e999", "true"])
    func `a name that looks like something else needs quotes`(_ name: String) {
        let plain = SpecReader.read([SpecSource(name: "a.yaml", text: lab + "---\n" + group(name))])
        #expect(plain.diagnostics.map(\.description).contains { $0.hasSuffix("write '\(name)' in quotes") })
        let quoted = SpecReader.read([SpecSource(name: "a.yaml", text: lab + "---\n" + group("\"\(name)\""))])
        #expect(quoted.spec?.group(name) != nil, "\(quoted.diagnostics)")
    }

    @Test func `a message shows the line and a caret`() {
        let reading = SpecReader.read([
            SpecSource(name: "m.yaml", text: "apiVersion: smreconcile/v1\nkind: Manager\nspec: {intervall: 2s}\n")
        ])
        #expect(
            reading.diagnostics.rendered == """
                m.yaml:3:8: unknown key 'intervall' in spec of the manager; did you mean 'interval'?
                    spec: {intervall: 2s}
                           ^

                """)
    }

    @Test func `settings of the manager are read`() throws {
        let text = """
            apiVersion: smreconcile/v1
            kind: Manager
            spec:
              listen: "[::1]:5080"
              advertiseURL: https://manager.example.org
              interval: 500ms
              owner: prod
              limits: {nodes: 100}
              approval: {share: 30%}
              trustedProxies: [10.0.0.0/8, "fd00::/8", 192.0.2.7]
              geoip: {database: /var/lib/city.mmdb}
              log: {format: json}
              tokens: {lifetime: 8h, refreshLifetime: 30d, keyRotation: 12h}
            """
        var want = ManagerSpec()
        want.listen = "[::1]:5080"
        want.advertiseURL = "https://manager.example.org"
        want.interval = .milliseconds(500)
        want.owner = "prod"
        want.maxNodes = 100
        want.approvalShare = 30
        want.trustedProxies = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"].compactMap { AddressBlock($0) }
        want.geoDatabase = "/var/lib/city.mmdb"
        want.log.format = .json
        want.tokens.lifetime = .seconds(8 * 3600)
        want.tokens.refreshLifetime = .seconds(30 * 86_400)
        want.tokens.keyRotation = .seconds(12 * 3600)
        #expect(SpecFixtures.read(text).spec?.manager == want)
    }

    @Test func `settings of every type of provider are read`() throws {
        let text = """
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: a}, spec: {type: simulated, simulated: {
              boot: 1s, seed: 18446744073709551615, load: {connectAfter: 1s, stay: 5m, idleCPU: 1%, fullCPU: 1},
              failures: {create: 5%, createLost: 0.05, list: 1%, listPartial: 2%, destroy: 3%, neverBoots: 4%, dies: 0}}}}
            ---
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: b}, spec: {type: process, process: {
              address: 127.0.0.2, ports: 20000-21000, stopTimeout: 3s, roles: {origin: {
                command: "nginx -c 'a b' -g \\"daemon off;\\"", environment: {PORT: 5}, workingDirectory: run}}}}}
            ---
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: c}, spec: {type: shell, shell: {
              list: [./list, 5], create: ./create, destroy: ./destroy --now, environment: {A: b}, secrets: [CLOUD_KEY], timeout: 5s, concurrency: 2,
              describe: ./tell, images: ./tell images, types: [./tell, types]}}}
            ---
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: d}, spec: {type: ec2, ec2: {
              endpoint: "http://localhost:4566", profile: p, spot: true, regions: {us-east: us-east-1}}}}
            ---
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: e}, spec: {type: terraform, terraform: {
              directory: infra, binary: tofu, timeout: 10m}}}
            """
        let reading = SpecFixtures.read(text)
        #expect(reading.diagnostics.map(\.rendered) == [])
        let providers = try #require(reading.spec?.providers)
        guard case .simulated(let simulated) = providers["a"]?.settings,
            case .process(let process) = providers["b"]?.settings,
            case .shell(let shell) = providers["c"]?.settings, case .ec2(let ec2) = providers["d"]?.settings,
            case .terraform(let terraform) = providers["e"]?.settings
        else {
            Issue.record("a provider has another type than it says")
            return
        }
        #expect(simulated.seed == .max)
        #expect(simulated.load.stay == .seconds(300))
        #expect(simulated.failures.createLost == 0.05)
        #expect(process.ports == 20000...21000)
        #expect(process.roles["origin"]?.arguments == ["nginx", "-c", "a b", "-g", "daemon off;"])
        #expect(process.roles["origin"]?.environment == ["PORT": "5"])
        #expect(process.roles["origin"]?.source?.line == 6)
        #expect(shell.list == ["./list", "5"])
        #expect(shell.destroy == ["./destroy", "--now"])
        #expect(
            shell.describe == ["./tell"] && shell.images == ["./tell", "images"] && shell.types == ["./tell", "types"])
        #expect(shell.secrets == ["CLOUD_KEY"] && shell.source?.line == 9)
        #expect(providers["c"]?.limits.changesAtOnce == 2 && providers["d"]?.limits.changesAtOnce == nil)
        #expect(ec2.regions == ["us-east": "us-east-1"])
        #expect(terraform.binary == "tofu")
    }
}
