import Foundation
import Reconciler
import Testing

@testable import Providers
@testable import smreconcile

/// `smreconcile provider`, over a shell provider with planted faults and over what else a spec may hold.
@Suite("The command provider")
struct ProviderCommandTests {
    private static let faulty = GoldenCase(topic: "provider-test", name: "faulty")

    /// Runs a command over a copy of the provider with faults, for it keeps its instances beside itself.
    private static func run(_ words: String...) async throws -> (code: Int32, out: String, error: String, place: String)
    {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("smr-provider-\(UUID())")
        defer { try? FileManager.default.removeItem(at: place) }
        try FileManager.default.copyItem(at: faulty.folder, to: place)
        let memory = RememberingConsole()
        let code = await CommandTable.run(["provider"] + words + ["-f", place.path + "/cluster.yaml"], memory.console)
        return (code, memory.out, memory.error, place.path)
    }

    /// Without what differs from run to run: times, and the id that is drawn.
    private static func steady(_ text: String) -> String {
        [
            ("(conformance-|t)[0-9a-f]{8}(?=[^0-9a-f])", "$1RUN"),
            ("RESULT  TIME +DETAIL", "RESULT  TIME  DETAIL"),
            ("(pass|FAIL|skip)    [0-9.]+m?s +", "$1    TIME  "),
            ("\\([0-9.]+m?s\\)", "(TIME)"),
        ].reduce(text) { text, rule in
            text.replacingOccurrences(of: rule.0, with: rule.1, options: .regularExpression)
        }
    }

    @Test("the output of a test of a provider with planted faults is as recorded")
    func faults() async throws {
        let result = try await Self.run(
            "test", "--yes", "--timeout", "1s", "--case", "exact-tags", "--case", "odd-values", "--case", "address",
            "--case", "same-token", "--case", "destroy-by-token", "--case", "destroy-wrong-tags", "--case",
            "bad-request",
            "--case", "bystanders")
        try Self.faulty.compare(Self.steady(result.out), "want.out")
        try Self.faulty.compare(Self.steady(result.error), "want.err")
        #expect(result.code == ExitCode.failed)
    }

    @Test("the same for programs")
    func json() async throws {
        let result = try await Self.run("test", "--yes", "-o", "json", "--case", "same-token", "--case", "exact-tags")
        struct Answer: Decodable {
            struct Case: Decodable { var name: String, result: String, contract: String, detail: String? }
            var provider: String, type: String, region: String, role: String, isPassed: Bool, made: Int
            var cases: [Case]
            var leftovers: [String]
        }
        let answer = try JSONDecoder().decode(Answer.self, from: Data(result.out.utf8))
        #expect(
            answer.provider == "faulty" && answer.type == "shell" && answer.region == "lab" && answer.role == "origin")
        #expect(answer.cases.map(\.name) == ["exact-tags", "same-token"])
        #expect(
            answer.cases.map(\.result) == ["pass", "fail"] && answer.cases.last?.detail?.contains("and then") == true)
        #expect(!answer.isPassed && answer.made == 3 && answer.leftovers.isEmpty && result.code == ExitCode.failed)
    }

    @Test("a witness that says something else afterwards is a failure, one that fails is one too")
    func witness() async throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("smr-witness-\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: place) }
        let spec = "{apiVersion: smreconcile/v1, kind: Provider, metadata: {name: lab}, spec: {type: simulated}}\n"
        try Data(spec.utf8).write(to: place)
        for (witness, code, words) in [
            ("date +%s%N", 1, "the witness said '"), ("echo no credentials >&2; exit 3", 1, "no credentials"),
            ("echo i-theirs", 0, "what the run did not make is as it was before it"),
        ] {
            let memory = RememberingConsole()
            let result = await CommandTable.run(
                [
                    "provider", "test", "-f", place.path, "--region", "lab", "--case", "bystanders", "--witness",
                    witness,
                ], memory.console)
            #expect(result == Int32(code) && (memory.out + memory.error).contains(words), "\(witness): \(memory.out)")
        }
    }

    @Test("nothing is made where it may cost money and nobody said yes")
    func consent() async throws {
        let result = try await Self.run("test")
        // The tests have no terminal to be asked on, or one on which nobody says yes.
        #expect([ExitCode.usage, ExitCode.failed].contains(result.code) && result.out == "")
        #expect(!FileManager.default.fileExists(atPath: result.place + "/instances"))
    }

    @Test("images and types are shown")
    func catalog() async throws {
        let images = try await Self.run("images")
        #expect(images.out == "ID         NAME\nmedia-2.4  Media 2.4 of lab\nmedia-2.3  -\n" && images.code == 0)
        let elsewhere = try await Self.run("images", "--region", "moon", "-o", "json")
        let list = try JSONDecoder().decode([ProviderImage].self, from: Data(elsewhere.out.utf8))
        #expect(list.first == ProviderImage(id: "media-2.4", name: "Media 2.4 of moon"))
        let types = try await Self.run("types")
        #expect(
            types.out == """
                TYPE   CPUS  MEMORY   PRICE/HOUR
                small  2     4096 MB  0.085
                huge   -     -        -

                """)
    }

    @Test("a setup comes from the first node group that uses the provider, and from the command line")
    func setUp() throws {
        let text = """
            {apiVersion: smreconcile/v1, kind: Provider, metadata: {name: lab}, spec: {type: simulated}}
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: lab
              image: media-2.4
              regions: [{name: east, settings: {subnet: a, disk: slow}}, {name: west}]
              roles:
                origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], max: 1}
                edge:
                  {capabilities: [subscribe], endpoints: [{protocol: wss, port: 443}], instanceType: big, max: 1,
                   settings: {disk: fast}, parent: origin}
            """
        let spec = try #require(SpecReader.read([SpecSource(name: "x.yaml", text: text)]).spec)
        let provider = try #require(spec.providers["lab"])
        func setup(_ words: String...) throws -> ConformanceSetup {
            try ConformancePlace.setup(
                for: provider, in: spec, Arguments(words, options: ProviderCommand.options), runID: "0")
        }
        let first = try setup()
        #expect(
            first.group == "live" && first.region == "east" && first.role == "origin" && first.otherRegions == ["west"])
        #expect(first.template == spec.template(of: PoolKey(group: "live", region: "east", role: "origin")))
        let edge = try setup("--role", "edge", "--image", "other", "--setting", "disk=none", "--setting", "x=a=b")
        #expect(edge.template.image == "other" && edge.template.instanceType == "big")
        #expect(edge.template.settings == ["subnet": "a", "disk": "none", "x": "a=b"])
        #expect(try setup("--region", "west", "--type", "t").template.settings == [:])
        #expect(try setup("--instances", "7", "--timeout", "9s").instances == 7)
        for words in [["--region", "moon"], ["--role", "relay"], ["--setting", "x"], ["--instances", "1"]] {
            #expect(throws: UsageError.self) {
                try ConformancePlace.setup(
                    for: provider, in: spec, Arguments(words, options: ProviderCommand.options), runID: "0")
            }
        }
    }
}
