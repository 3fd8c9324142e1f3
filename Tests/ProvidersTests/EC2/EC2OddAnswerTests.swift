import Foundation
import Reconciler
import Testing

@testable import Providers

/// Answers that are well formed and say too little or too much.
@Suite("EC2: odd answers")
struct EC2OddAnswerTests {
    private static func body(_ inner: String) -> String {
        EC2Text.response("200 OK", "<DescribeInstancesResponse>\(inner)</DescribeInstancesResponse>")
    }

    @Test(
        "an answer that lacks what every list has is no list, and proves nobody gone",
        arguments: [
            "", "<reservationSet><item/></reservationSet>",
            "<reservationSet><item><instancesSet><item><instanceState><name>running</name></instanceState></item></instancesSet></item></reservationSet>",
            "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></item></reservationSet>",
        ])
    func incomplete(_ inner: String) async throws {
        let cloud = ScriptedEC2 { _ in .text(Self.body(inner)) }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await cloud.provider.list(owner: "us", region: "lab")
        }
        guard case .retryable? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    }

    @Test("the look for a token goes over all pages, for a create and for a destroy without an id")
    func pages() async throws {
        let item = EC2Text.item("i-7", ec2Request("n1").ec2Tags)
        let cloud = ScriptedEC2 { call in
            switch call.action {
            case "DescribeInstances":
                .text(call["NextToken"].isEmpty ? EC2Text.described([], next: "2") : EC2Text.described([item]))
            case "TerminateInstances": .text(EC2Text.terminated)
            default: .text(EC2Text.error("400 Bad Request", "InvalidParameterValue"))
            }
        }
        let request = ec2Request("n1")
        #expect(try await cloud.provider.create(request).id == "i-7")
        #expect(cloud.calls("RunInstances").isEmpty)
        try await cloud.provider.destroy(InstanceReference(id: nil, tags: request.tags, token: request.token))
        #expect(cloud.calls("TerminateInstances").map { $0["InstanceId.1"] } == ["i-7"])
    }

    @Test("a part of the user data that a refusal repeats is hidden")
    func secrets() async throws {
        let cloud = ScriptedEC2 { call in
            guard call.action == "RunInstances" else { return .text(EC2Text.described([])) }
            let data = String(call["UserData"].prefix(60))
            return .text(EC2Text.error("400 Bad Request", "InvalidParameterValue", "Value '\(data)...' is not valid"))
        }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await cloud.provider.create(ec2Request("n1"))
        }
        #expect(failure?.message.contains("Value '***") == true, "\(failure?.message ?? "")")
        #expect(failure?.message.contains("I2Nsb3Vk") == false)
    }

    @Test("credentials of a kind that is not followed are an error, and no other identity stands in for them")
    func webIdentity() async throws {
        let cloud = ScriptedEC2(environment: ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "HOME": "/nonexistent"]) { _ in
            .text(EC2Text.described([]))
        }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await cloud.provider.list(owner: "us", region: "lab")
        }
        #expect(failure?.message.contains("AWS_WEB_IDENTITY_TOKEN_FILE is set") == true)
        #expect(cloud.calls.isEmpty)
    }

    @Test(
        "ids of groups and subnets are taken whole or refused",
        arguments: [
            ("sg-1, sg-2 ", true), ("sg-1 sg-2", false), ("sg-", false), ("sg-1,,sg-2", false), ("subnet-1", false),
        ])
    func ids(_ text: String, _ isRight: Bool) {
        let (settings, problems) = EC2Settings.read(["securityGroups": text], besides: [])
        #expect(problems.isEmpty == isRight)
        if isRight { #expect(settings.securityGroups == ["sg-1", "sg-2"]) }
    }
}
