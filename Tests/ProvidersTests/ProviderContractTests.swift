import Foundation
import Reconciler
import Testing

@testable import Providers

/// What every provider keeps (see the contract of `Provider`), run over each of them.
@Suite("Every provider")
struct ProviderContractTests {
    @Test("makes one instance per token, and returns it again", arguments: ProviderKind.allCases)
    func idempotentCreate(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            let first = try await provider.create(request("n1"))
            let second = try await provider.create(request("n1"))
            #expect(first.id == second.id && first.address == second.address && first.endpoints == second.endpoints)
            #expect(try await provider.list(owner: "us", region: "lab").instances.map(\.id) == [first.id])
        }
    }

    @Test("lists exactly the tags, token and revision of the request", arguments: ProviderKind.allCases)
    func exactTags(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            let wanted = request("n1", endpoints: [Endpoint(protocol: "rtmp", port: 1935)])
            let created = try await provider.create(wanted)
            let listing = try await provider.list(owner: "us", region: "lab")
            #expect(listing.complete)
            for instance in [created] + listing.instances {
                #expect(instance.tags == wanted.tags)
                #expect(instance.token == wanted.token)
                #expect(instance.revision == wanted.revision)
                #expect(instance.address?.isEmpty == false)
                #expect(instance.state != .gone)
            }
        }
    }

    @Test("lists one owner and one region, to the letter", arguments: ProviderKind.allCases)
    func ownership(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            _ = try await provider.create(request("n1"))
            _ = try await provider.create(request("n2", owner: "us2"))
            _ = try await provider.create(request("n3", region: "lab2"))
            func nodes(_ owner: String, _ region: String) async throws -> [String] {
                try await provider.list(owner: owner, region: region).instances.map(\.tags.node.rawValue)
            }
            #expect(try await nodes("us", "lab") == ["n1"])
            #expect(try await nodes("us2", "lab") == ["n2"])
            #expect(try await nodes("us", "lab2") == ["n3"])
            #expect(try await nodes("u", "lab").isEmpty)
            #expect(try await nodes("US", "lab").isEmpty)
        }
    }

    @Test("destroys what is there, and takes what is not for done", arguments: ProviderKind.allCases)
    func destroy(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            try await provider.destroy(request("never-made").reference)
            let made = try await provider.create(request("n1"))
            _ = try await provider.create(request("n2"))
            for _ in 0..<2 {
                try await provider.destroy(InstanceReference(id: made.id, tags: made.tags, token: made.token))
            }
            #expect(
                try await eventually {
                    try await provider.list(owner: "us", region: "lab").instances.map(\.tags.node) == ["n2"]
                })
            try await provider.destroy(request("n1").reference)
        }
    }

    @Test("never destroys an instance of another owner, even of the same node id", arguments: ProviderKind.allCases)
    func foreign(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            let theirs = try await provider.create(request("n1", owner: "them"))
            var mine = theirs.tags
            mine.owner = "us"
            try await provider.destroy(InstanceReference(id: theirs.id, tags: mine, token: theirs.token))
            let listing = try await provider.list(owner: "them", region: "lab")
            #expect(listing.instances.map(\.tags) == [theirs.tags])
            #expect(listing.instances.allSatisfy { $0.state == .pending || $0.state == .running })
        }
    }

    @Test("takes many creates at once, and still one per token", arguments: ProviderKind.allCases)
    func concurrent(_ kind: ProviderKind) async throws {
        try await kind.withProvider { provider in
            let created = try await withThrowingTaskGroup(of: Instance.self) { group in
                for index in 0..<24 {
                    group.addTask {
                        try await provider.create(
                            request("n\(index / 3)", endpoints: [Endpoint(protocol: "rtmp", port: 1935)]))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(created.map(\.id)).count == 8)
            #expect(try await provider.list(owner: "us", region: "lab").instances.count == 8)
        }
    }
}
