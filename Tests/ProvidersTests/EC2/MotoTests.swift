import Foundation
import Reconciler
import Testing

@testable import Providers

/// What spoils the answers of moto while nodes are made.
struct MotoFaultCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var fault: @Sendable (EC2Call, Int) -> FaultProxy.Fault

    static let all = [
        MotoFaultCase(testDescription: "answers of creates are lost") { call, before in
            call.action == "RunInstances" && before % 2 == 0 ? .answerLost : .none
        },
        MotoFaultCase(testDescription: "answers of creates are cut") { call, before in
            call.action == "RunInstances" && before % 2 == 0 ? .answerCut : .none
        },
        MotoFaultCase(testDescription: "a gateway answers in the place of EC2") { call, before in
            call.action == "RunInstances" && before % 2 == 0 ? .answerReplaced : .none
        },
        MotoFaultCase(testDescription: "creates and looks never arrive") { _, before in
            before % 3 == 0 ? .dropped : .none
        },
        MotoFaultCase(testDescription: "every fourth look is throttled") { call, before in
            call.action == "DescribeInstances" && before % 4 == 3
                ? .answered(EC2Text.error("503 Unavailable", "RequestLimitExceeded")) : .none
        },
        MotoFaultCase(testDescription: "the first type has no capacity") { call, _ in
            call["InstanceType"] == "c6i.large"
                ? .answered(EC2Text.error("500 Server Error", "InsufficientInstanceCapacity")) : .none
        },
        MotoFaultCase(testDescription: "instances stay pending") { call, _ in
            call.action == "DescribeInstances" ? .slowBoot : .none
        },
    ]
}

@Suite("EC2 against moto, which checks signatures and permissions")
struct MotoTests {
    private static func request(_ node: String) -> CreateRequest { ec2Request(node, image: MotoRegion.image) }

    /// Asks again with the same token until there is an answer, as the control loop does.
    private func make(_ node: String, _ provider: EC2Provider) async throws -> Instance {
        for _ in 0..<20 {
            do {
                return try await provider.create(Self.request(node))
            } catch {
                switch error {
                case .unknown, .retryable: continue
                case .terminal, .noCapacity: throw error
                }
            }
        }
        throw MotoServer.Failure(message: "20 creates of \(node) did not lead to an instance")
    }

    @Test("makes one instance per token, whatever becomes of the answers", arguments: MotoFaultCase.all)
    func faults(_ example: MotoFaultCase) async throws {
        let region = try await MotoRegion.take()
        let proxy = FaultProxy(to: region.moto.port, example.fault)
        let provider = region.provider(through: proxy.url) { $0.substitutes = ["c6i.large": ["c5.large"]] }
        let made = try await withThrowingTaskGroup(of: Instance.self) { group in
            for index in 0..<8 {
                group.addTask { try await make("n\(index)", provider) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        // What there really is, without the proxy.
        let listing = try await region.provider().list(owner: "us", region: "lab")
        #expect(Set(listing.instances.map(\.id)) == Set(made.map(\.id)))
        #expect(
            listing.instances.map(\.tags.node).sorted { $0.rawValue < $1.rawValue } == (0..<8).map { NodeID("n\($0)") })
    }

    @Test("a request that the network doubled makes two, of which the manager hears, and both can be destroyed")
    func doubled() async throws {
        let region = try await MotoRegion.take()
        let proxy = FaultProxy(to: region.moto.port) { call, _ in call.action == "RunInstances" ? .doubled : .none }
        let provider = region.provider(through: proxy.url)
        let made = try await provider.create(Self.request("n1"))
        let listed = try await provider.list(owner: "us", region: "lab").instances
        // moto knows no client tokens; EC2 answers with the first one again.
        #expect(listed.count == 2 && listed.contains { $0.id == made.id } && Set(listed.map(\.tags.node)) == ["n1"])
        try await provider.destroy(Self.request("n1").reference)
        #expect(try await eventually { try await provider.list(owner: "us", region: "lab").instances.isEmpty })
    }

    @Test("a wrong secret, a foreign key and a missing permission are told")
    func refusals() async throws {
        let region = try await MotoRegion.take()
        let moto = region.moto
        let wrong = region.provider([moto.manager[0], "wrong"])
        let foreign = region.provider(["AKIAFOREIGN", moto.manager[1]])
        for provider in [wrong, foreign] {
            let failure = await #expect(throws: ProviderFailure.self) {
                try await provider.list(owner: "us", region: "lab")
            }
            guard case .terminal(let message)? = failure else {
                #expect(Bool(false), "\(String(describing: failure))")
                continue
            }
            #expect(message.contains("AuthFailure") && message.contains("the access key is not known there"))
            #expect(!message.contains(moto.manager[1]))
        }
        let reader = region.provider(moto.reader)
        #expect(try await reader.list(owner: "us", region: "lab").complete)
        let failure = await #expect(throws: ProviderFailure.self) { try await reader.create(Self.request("n1")) }
        guard case .terminal(let message)? = failure else {
            return #expect(Bool(false), "\(String(describing: failure))")
        }
        #expect(message.contains("allow 'ec2:RunInstances' in the IAM policy"))
        #expect(try await region.provider().list(owner: "us", region: "lab").instances.isEmpty)
    }

    @Test("an image that is not there is told by its code")
    func unknownImage() async throws {
        let region = try await MotoRegion.take()
        let failure = await #expect(throws: ProviderFailure.self) {
            try await region.provider().create(ec2Request("n1", image: "ami-0000000000"))
        }
        guard case .terminal(let message)? = failure else {
            return #expect(Bool(false), "\(String(describing: failure))")
        }
        #expect(message.contains("InvalidAMIID.NotFound"))
    }

    @Test("two regions of ours that are one of Amazon's are told apart")
    func sharedRegion() async throws {
        let region = try await MotoRegion.take()
        let provider = region.provider()
        _ = try await provider.create(Self.request("n1"))
        var second = Self.request("n2")
        second.tags.region = "lab2"
        _ = try await provider.create(second)
        #expect(try await provider.list(owner: "us", region: "lab").instances.map(\.tags.node) == ["n1"])
        #expect(try await provider.list(owner: "us", region: "lab2").instances.map(\.tags.node) == ["n2"])
    }
}
