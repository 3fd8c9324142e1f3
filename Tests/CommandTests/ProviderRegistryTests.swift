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
}
