import Foundation
import Reconciler
import Testing

@testable import Providers

/// How `RunInstances` was answered, and what the manager must be told.
struct LaunchFailureCase: Sendable, CustomTestStringConvertible {
    enum Kind: Sendable { case retryable, noCapacity, terminal, unknown }

    var testDescription: String
    var reply: TestServer.Reply
    var kind: Kind
    var words: String

    init(_ status: String, _ code: String, _ kind: Kind, _ words: String = "", message: String = "words") {
        testDescription = "\(status) \(code)"
        reply = .text(EC2Text.error(status, code, message))
        self.kind = kind
        self.words = words.isEmpty ? "RunInstances in lab: \(code): \(message)" : words
    }

    init(_ name: String, _ reply: TestServer.Reply, _ kind: Kind, _ words: String) {
        testDescription = name
        self.reply = reply
        self.kind = kind
        self.words = words
    }

    static let all = [
        LaunchFailureCase(
            "500 Server Error", "InsufficientInstanceCapacity", .noCapacity, "InsufficientInstanceCapacity"),
        LaunchFailureCase("400 Bad Request", "InstanceLimitExceeded", .noCapacity, "InstanceLimitExceeded: words"),
        LaunchFailureCase("400 Bad Request", "VcpuLimitExceeded", .noCapacity, "(request req-1)"),
        LaunchFailureCase("400 Bad Request", "SpotMaxPriceTooLow", .noCapacity, "SpotMaxPriceTooLow"),
        LaunchFailureCase("400 Bad Request", "Unsupported", .noCapacity, "Unsupported"),
        LaunchFailureCase("503 Unavailable", "RequestLimitExceeded", .retryable),
        LaunchFailureCase("400 Bad Request", "Throttling", .retryable),
        LaunchFailureCase("503 Unavailable", "Unavailable", .retryable),
        LaunchFailureCase("500 Server Error", "InternalError", .unknown),
        LaunchFailureCase("500 Server Error", "SomethingNew", .unknown),
        LaunchFailureCase("400 Bad Request", "InvalidAMIID.NotFound", .terminal, "(request req-1)"),
        LaunchFailureCase("400 Bad Request", "InvalidParameterCombination", .terminal),
        LaunchFailureCase(
            "403 Forbidden", "UnauthorizedOperation", .terminal, "allow 'ec2:RunInstances' in the IAM policy",
            message: "You are not authorized. Encoded authorization failure message: aGVsbG8"),
        LaunchFailureCase(
            "403 Forbidden", "UnauthorizedOperation", .terminal, "allow 'iam:PassRole' in the IAM policy",
            message: "User: x is not authorized to perform: iam:PassRole on resource: y"),
        LaunchFailureCase("401 Unauthorized", "AuthFailure", .terminal, "the access key is not known there"),
        LaunchFailureCase("403 Forbidden", "OptInRequired", .terminal, "has not signed up for EC2"),
        LaunchFailureCase(
            "the root of signature errors",
            .text(
                EC2Text.response(
                    "403 Forbidden",
                    "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>"
                        + "<RequestId>req-2</RequestId></ErrorResponse>")), .terminal,
            "the secret does not belong to the access key (request req-2)"),
        LaunchFailureCase(
            "a clock that is wrong",
            .text(
                EC2Text.error(
                    "403 Forbidden", "RequestExpired", headers: "date: Thu, 01 Jan 2015 00:00:00 GMT\r\n")), .terminal,
            "ahead of that of the service: set it right"),
        LaunchFailureCase(
            "the root of signature errors, as moto writes it",
            .text(
                EC2Text.response(
                    "403 Forbidden",
                    "<ErrorResponse><Errors><Error><Code>AccessDenied</Code><Message>no</Message></Error></Errors>"
                        + "<RequestId>req-3</RequestId></ErrorResponse>")), .terminal,
            "RunInstances in lab: AccessDenied: no; allow 'ec2:RunInstances' in the IAM policy of the manager (request req-3)"
        ),
        LaunchFailureCase("no answer", .hangUp(after: ""), .unknown, "RunInstances in lab: cannot ask"),
        LaunchFailureCase(
            "half an answer", .hangUp(after: String(EC2Text.launched(EC2Text.item("i-1", [:])).dropLast(40))), .unknown,
            "RunInstances in lab: cannot ask"),
        LaunchFailureCase(
            "HTML with 500", .text(TestServer.response("500 Server Error", "<html><body>oops</body></html>")), .unknown,
            "with status 500, is none of EC2's: it begins with '<html><body>oops"),
        LaunchFailureCase(
            "another service", .text(EC2Text.response("200 OK", "<ListAllMyBucketsResult/>")), .unknown,
            "is none of EC2's"),
        LaunchFailureCase(
            "broken XML", .text(TestServer.response("200 OK", "<RunInstancesResponse><a>")), .unknown,
            "is none of EC2's"),
        LaunchFailureCase(
            "no instance in it", .text(EC2Text.response("200 OK", "<RunInstancesResponse/>")), .unknown,
            "names no instance"),
        LaunchFailureCase(
            "an answer that repeats secrets",
            .text(EC2Text.error("400 Bad Request", "InvalidUserData", "secret-key and secret-of-n1 in it")), .terminal,
            "*** and *** in it"),
    ]
}

@Suite("EC2: create")
struct EC2CreateTests {
    @Test("an answer to RunInstances means what Amazon says that it means", arguments: LaunchFailureCase.all)
    func failures(_ example: LaunchFailureCase) async throws {
        let cloud = ScriptedEC2 { $0.action == "RunInstances" ? example.reply : .text(EC2Text.described([])) }
        let failure = try #require(
            await #expect(throws: ProviderFailure.self) { try await cloud.provider.create(ec2Request("n1")) })
        let kind: LaunchFailureCase.Kind =
            switch failure {
            case .retryable: .retryable
            case .noCapacity: .noCapacity
            case .terminal: .terminal
            case .unknown: .unknown
            }
        #expect(kind == example.kind, "\(failure)")
        #expect(failure.message.contains(example.words), "\(failure.message)")
        #expect(
            !failure.message.contains("secret-key") && !failure.message.contains("secret-of"), "\(failure.message)")
        // Too much is tried again here; everything else is for the manager to decide, for it may have happened.
        let tries = cloud.calls("RunInstances").count
        #expect(tries == (example.kind == .retryable ? EC2Client.tries : 1))
    }

    @Test("what is not reached is tried again, and no answer to a look beforehand means that nothing happened")
    func nothingSent() async throws {
        var spec = EC2Spec()
        spec.endpoint = "http://127.0.0.1:1"
        spec.lookup = .filters
        let keys = ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"]
        let nowhere = EC2Provider(
            spec: spec, timeout: .seconds(60), environment: keys, time: SkippingTime(), random: SeededRandom(seed: 1),
            userData: { _ in "" })
        await #expect(
            throws: ProviderFailure.retryable(
                "DescribeInstances in lab: cannot reach http://127.0.0.1:1: connection refused")
        ) { try await nowhere.create(ec2Request("n1")) }
        let deaf = ScriptedEC2 { _ in .hangUp(after: "") }
        let failure = await #expect(throws: ProviderFailure.self) { try await deaf.provider.create(ec2Request("n1")) }
        guard case .retryable? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(deaf.calls("RunInstances").isEmpty)
    }

    @Test("looks for the token first, and takes what carries it and the tags to the letter")
    func adoption() async throws {
        let wanted = ec2Request("n1")
        var foreign = wanted.ec2Tags
        foreign[EC2Tag.owner] = "them"
        let items = [
            EC2Text.item("i-theirs", foreign), EC2Text.item("i-ending", wanted.ec2Tags, state: "shutting-down"),
            EC2Text.item("i-late", wanted.ec2Tags, launchedAt: "2026-11-22T12:00:05.000Z"),
            EC2Text.item("i-mine", wanted.ec2Tags),
        ]
        let cloud = ScriptedEC2 { _ in .text(EC2Text.described(items)) }
        let found = try await cloud.provider.create(wanted)
        #expect(found.id == "i-mine" && found.tags == wanted.tags && found.revision == "r1" && found.state == .running)
        let look = try #require(cloud.calls.first)
        #expect(cloud.calls.count == 1 && look.filter("tag:smreconcile:token") == [wanted.token])
        #expect(!look.filter("instance-state-name").contains("terminated"))
    }

    @Test("sends the template, the tags of instance and volume, the user data, and asks for safe metadata")
    func parameters() async throws {
        let cloud = ScriptedEC2 { call in
            .text(
                call.action == "RunInstances"
                    ? EC2Text.launched(EC2Text.item("i-1", [:], state: "pending")) : EC2Text.described([]))
        }
        let wanted = ec2Request(
            "n1",
            settings: [
                "image": "ami-2", "subnet": "subnet-1", "securityGroups": "sg-1, sg-2", "keyName": "ops",
                "publicIp": "true",
                "instanceProfile": "edge", "volumeDevice": "/dev/xvda", "volumeSize": "40", "volumeType": "gp3",
                "volumeEncrypted": "true", "metadataHops": "2",
            ])
        let made = try await cloud.provider.create(wanted)
        #expect(made.id == "i-1" && made.state == .pending && made.address == "203.0.113.7" && made.tags == wanted.tags)
        let run = try #require(cloud.calls("RunInstances").first)
        let expected = [
            "Version": "2016-11-15", "MinCount": "1", "MaxCount": "1", "ImageId": "ami-2", "InstanceType": "c6i.large",
            "KeyName": "ops", "IamInstanceProfile.Name": "edge", "NetworkInterface.1.SubnetId": "subnet-1",
            "NetworkInterface.1.AssociatePublicIpAddress": "true", "NetworkInterface.1.SecurityGroupId.2": "sg-2",
            "NetworkInterface.1.DeviceIndex": "0", "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
            "BlockDeviceMapping.1.Ebs.VolumeSize": "40", "BlockDeviceMapping.1.Ebs.VolumeType": "gp3",
            "BlockDeviceMapping.1.Ebs.Encrypted": "true", "MetadataOptions.HttpTokens": "required",
            "MetadataOptions.HttpPutResponseHopLimit": "2", "InstanceInitiatedShutdownBehavior": "terminate",
            "TagSpecification.1.ResourceType": "instance", "TagSpecification.2.ResourceType": "volume",
            "UserData": Data("#cloud-config\ntoken: secret-of-n1\n".utf8).base64EncodedString(),
        ]
        for (name, value) in expected { #expect(run[name] == value, "\(name)") }
        #expect(run.parameters["SubnetId"] == nil && run.parameters["InstanceMarketOptions.MarketType"] == nil)
        #expect(run.tags == wanted.ec2Tags && run.tags["Name"] == "n1" && run.tags.count == 8)
        #expect(run["ClientToken"].utf8.count == 64)
    }

    @Test("what the template lacks or has too much is refused before anything is asked")
    func templates() async throws {
        let cloud = ScriptedEC2 { _ in .text(EC2Text.described([])) }
        let examples: [(CreateRequest, String)] = [
            (ec2Request("n1", type: nil), "role 'edge' has no 'instanceType'"),
            (ec2Request("n1", image: nil), "node n1 has no image"),
            (
                ec2Request("n1", settings: ["subnets": "subnet-1"]),
                "ec2 knows no setting 'subnets'; did you mean 'subnet'?"
            ),
            (ec2Request("n1", settings: ["volumeSize": "40"]), "'volumeDevice' is missing"),
            (
                ec2Request("n1", settings: ["publicIp": "maybe"]),
                "setting 'publicIp' is 'maybe', expected true or false"
            ),
        ]
        for (wanted, words) in examples {
            let failure = await #expect(throws: ProviderFailure.self) { try await cloud.provider.create(wanted) }
            guard case .terminal(let message)? = failure else {
                #expect(Bool(false), "\(String(describing: failure))")
                continue
            }
            #expect(message.contains(words), "\(message)")
        }
        #expect(cloud.calls.isEmpty)
    }
}
