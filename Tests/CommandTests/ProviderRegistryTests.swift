import Foundation
import Providers
import Reconciler
import Testing

@testable import smreconcile

/// A provider's name keeps its type, over changes of the spec and restarts.
@Suite struct ProviderRegistryTests {
    private func spec(_ settings: ProviderSpec.Settings) -> Spec {
        Spec(providers: ["lab": ProviderSpec(name: "lab", settings: settings)])
    }

    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "registry-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test func `a simulated provider keeps its instances when its limits change`()
        throws
    {
        try inDirectory { directory in
            let registry = ProviderRegistry(dataDirectory: directory, time: SystemTime())
            var spec = spec(.simulated(SimulatedSpec()))
            #expect(registry.providers(for: spec).provider("lab") is GuardedProvider)
            let simulated = try #require(registry.simulated.first)
            spec.providers["lab"]?.limits.timeout = .seconds(5)
            #expect(registry.providers(for: spec).provider("lab") is GuardedProvider)
            #expect(registry.simulated.count == 1 && registry.simulated.first === simulated)
        }
    }

    @Test func `a name that comes to mean another type is refused, so that no list proves the first one's nodes gone`()
        throws
    {
        try inDirectory { try refuse(in: $0) }
    }

    private func refuse(in directory: String) throws {
        let simulated = spec(.simulated(SimulatedSpec()))
        let process = spec(.process(ProcessSpec(roles: [:])))
        let first = ProviderRegistry(dataDirectory: directory, time: SystemTime())
        #expect(first.providers(for: simulated).provider("lab") != nil)
        for registry in [first, ProviderRegistry(dataDirectory: directory, time: SystemTime())] {
            let set = registry.providers(for: process)
            #expect(set.provider("lab") == nil)
            #expect(set.whyNot("lab").contains("was of type 'simulated'"))
        }
        #expect(first.providers(for: simulated).provider("lab") != nil)
    }

    @Test func `a region in which nodes were made keeps its place, also after a restart`() throws {
        try inDirectory { directory in
            try Data(#"{"cloud":"ec2","cloud@eu":"eu-west-1 of Amazon"}"#.utf8)
                .write(to: URL(fileURLWithPath: directory + "/providers.json"))
            func refusal(_ region: String, endpoint: String? = nil) -> String? {
                var ec2 = EC2Spec()
                ec2.regions = ["eu": region]
                ec2.endpoint = endpoint
                let spec = Spec(providers: ["cloud": ProviderSpec(name: "cloud", settings: .ec2(ec2))])
                let set = ProviderRegistry(dataDirectory: directory, time: SystemTime()).providers(for: spec)
                return set.provider("cloud") == nil ? set.whyNot("cloud") : nil
            }
            #expect(refusal("eu-west-1") == nil)
            #expect(
                refusal("us-west-2")
                    == "provider 'cloud' made nodes of region 'eu' in eu-west-1 of Amazon, where they may still be; put it back, or "
                    + "give the one in us-west-2 of Amazon a new name")
            #expect(refusal("eu-west-1", endpoint: "http://127.0.0.1:1") != nil)
        }
    }

    /// Answers as it is told.
    private struct Stub: Provider {
        var listed: [Instance] = []
        var failure: ProviderFailure?

        func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
            Listing(instances: listed, complete: true)
        }
        func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
            if let failure { throw failure }
            return Instance(id: "i", tags: request.tags, token: request.token, revision: "r", state: .running)
        }
        func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {}
    }

    @Test(
        arguments: [
            (nil, true), (.unknown("lost"), true), (.retryable("later"), false), (.noCapacity("full"), false),
            (.terminal("no"), false),
        ] as [(ProviderFailure?, Bool)])
    func `a create that made something, or may have, says that its region has instances`(
        _ failure: ProviderFailure?, _ isAnchored: Bool
    ) async throws {
        let regions = Locked<[String]>([])
        let provider = AnchoredProvider(inner: Stub(failure: failure)) { region in regions.with { $0.append(region) } }
        let tags = InstanceTags(owner: "o", group: "g", region: "eu", role: "edge", node: NodeID("n"))
        let request = CreateRequest(
            tags: tags, token: "t", revision: "r",
            template: NodeTemplate(image: nil, instanceType: nil, endpoints: [], settings: [:], providerSettings: []),
            credential: "c", managerURL: "http://127.0.0.1:1")
        _ = try? await provider.create(request)
        #expect(regions.current == (isAnchored ? ["eu"] : []))
    }

    @Test func `a list with instances says that its region has some`() async throws {
        let regions = Locked<[String]>([])
        let tags = InstanceTags(owner: "o", group: "g", region: "eu", role: "edge", node: NodeID("n"))
        let found = Instance(id: "i", tags: tags, token: "t", revision: "r", state: .running)
        for listed in [[], [found]] {
            let provider = AnchoredProvider(inner: Stub(listed: listed)) { region in
                regions.with { $0.append(region) }
            }
            _ = try await provider.list(owner: "o", region: "eu")
        }
        #expect(regions.current == ["eu"])
    }
}
