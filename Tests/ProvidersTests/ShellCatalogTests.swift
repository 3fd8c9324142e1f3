import Reconciler
import Testing

@testable import Providers

/// The optional commands of a shell provider.
@Suite("The optional commands of a shell provider")
struct ShellCatalogTests {
    private static func provider(_ scripts: ShellScripts, _ script: String) -> ShellProvider {
        scripts.provider {
            $0.describe = ["/bin/sh", "-c", script]
            $0.images = ["/bin/sh", "-c", script]
            $0.types = ["/bin/sh", "-c", script]
        }
    }

    @Test("are asked with what they are about, and their answers are read")
    func answers() async throws {
        try await ShellScripts.with { scripts in
            let images = Self.provider(
                scripts, #"cat >request; echo '{"images": [{"id": "a", "name": "A"}, {"id": "b"}]}'"#)
            let foundImages = try await images.images(region: "lab")
            #expect(foundImages == [.init(id: "a", name: "A"), .init(id: "b")])
            #expect(scripts.text("request") == #"{"command":"images","region":"lab"}"# + "\n")
            let types = Self.provider(
                scripts,
                #"cat >request; echo '{"types": [{"type": "s", "cpus": 2, "memoryMB": 512, "pricePerHour": 0.01}]}'"#)
            let wanted = ProviderInstanceType(type: "s", cpus: 2, memoryMB: 512, pricePerHour: 0.01)
            let foundTypes = try await types.instanceTypes(region: "lab")
            #expect(foundTypes == [wanted])
            #expect(scripts.text("request") == #"{"command":"types","region":"lab"}"# + "\n")
            let describe = Self.provider(scripts, #"cat >request; echo '{"state": "running", "disks": [1, 2]}'"#)
            let reference = InstanceReference(id: "i-1", tags: request("n1").tags, token: "t")
            let details = try await describe.describe(reference)
            #expect(details == #"{"state": "running", "disks": [1, 2]}"# + "\n")
            #expect(
                scripts.text("request") == """
                    {"command":"describe","id":"i-1","tags":{"group":"live","node":"n1","owner":"us","region":"lab",\
                    "role":"edge"},"token":"t"}

                    """)
        }
    }

    @Test(
        "are not believed when their answer is none",
        arguments: [
            ("echo '[]'", "it"), ("echo nothing", "not valid JSON"), (#"echo '{"images": [{"name": "A"}]}'"#, "id"),
            (#"echo '{"images": [{"id": ""}]}'"#, "an image has an empty 'id'"),
        ])
    func images(script: String, words: String) async throws {
        try await ShellScripts.with { scripts in
            let failure = await #expect(throws: ProviderFailure.self) {
                try await Self.provider(scripts, script).images(region: "lab")
            }
            guard case .retryable(let message)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(message.contains("its answer is not understood") && message.contains(words))
        }
    }

    @Test("a price that is negative is none, and what is no object describes nothing")
    func nonsense() async throws {
        try await ShellScripts.with { scripts in
            await #expect(throws: ProviderFailure.self) {
                try await Self.provider(scripts, #"echo '{"types": [{"type": "s", "pricePerHour": -1}]}'"#)
                    .instanceTypes(region: "lab")
            }
            await #expect(throws: ProviderFailure.self) {
                try await Self.provider(scripts, "echo '[1]'").describe(request("n1").reference)
            }
        }
    }

    @Test("that the spec does not name say how to get them")
    func absent() async throws {
        try await ShellScripts.with { scripts in
            await #expect(
                throws: ProviderFailure.terminal("the provider has no command 'types'; name one in 'shell' of its spec")
            ) {
                try await scripts.provider().instanceTypes(region: "lab")
            }
        }
    }
}
