import Foundation
import Glibc
import Reconciler

@testable import Providers

/// moto, a server that speaks EC2's API and checks signatures and permissions; one for all tests, started by the first that needs it.
///
/// It ends with this process, however that ends: it waits for the end of its standard input.
actor MotoServer {
    static let shared = MotoServer()

    /// What it printed when it was ready.
    struct Ready: Decodable, Sendable {
        var port: Int
        /// Access key and secret of a user who may do all that the provider does.
        var manager: [String]
        /// Of one who may only look.
        var reader: [String]

        var url: String { "http://127.0.0.1:\(port)" }
    }

    struct Failure: Error { var message: String }

    private var start: Task<Ready, any Error>?

    /// Where it is.
    func ready() async throws -> Ready {
        if let start { return try await start.value }
        let task = Task { try await Self.launch() }
        start = task
        return try await task.value
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Starts blocking programs, and so not on the pool.
    private static func launch() async throws -> Ready {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try launchAndWait() }) }
        }
    }

    private static func launchAndWait() throws -> Ready {
        let tools = Process()
        tools.executableURL = root.appendingPathComponent("scripts/python-tools")
        let printed = Pipe()
        tools.standardOutput = printed
        tools.standardInput = FileHandle.nullDevice
        try tools.run()
        let output = printed.fileHandleForReading.readDataToEndOfFile()
        tools.waitUntilExit()
        guard tools.terminationStatus == 0 else { throw Failure(message: "scripts/python-tools failed") }
        let directory = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)

        let server = Process()
        server.executableURL = URL(fileURLWithPath: directory + "/python")
        server.arguments = ["-c", script]
        server.standardInput = Pipe()
        let answers = Pipe()
        server.standardOutput = answers
        server.standardError = FileHandle.nullDevice
        try server.run()
        var line = Data()
        while !line.contains(10) {
            let part = answers.fileHandleForReading.availableData
            guard !part.isEmpty else { throw Failure(message: "moto did not start") }
            line += part
        }
        // Its input stays open until this process ends.
        running.with { $0 = server }
        return try JSONDecoder().decode(Ready.self, from: line)
    }

    private static let running = Locked<Process?>(nil)

    /// The first requests may come from anybody: they make two users, of whom one signs every later request. It has one image, not
    /// Amazon's thousands, which it would read anew for every region.
    private static let script = """
        import json, os, sys, tempfile
        images = tempfile.NamedTemporaryFile("w", suffix=".json")
        json.dump([{"ami_id": "ami-03cf127a", "name": "media", "description": "", "owner_id": "801119661308", "public": True,
                    "virtualization_type": "hvm", "architecture": "x86_64", "state": "available", "platform": None,
                    "image_type": "machine", "hypervisor": "xen", "root_device_name": "/dev/xvda",
                    "root_device_type": "ebs", "sriov": "simple"}], images)
        images.flush()
        os.environ.update(INITIAL_NO_AUTH_ACTION_COUNT="7", MOTO_ENABLE_AMI_VALIDATION="true", MOTO_AMIS_PATH=images.name,
                          MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION="true")
        from moto.server import ThreadedMotoServer
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        port = server.get_host_and_port()[1]
        import boto3
        iam = boto3.client("iam", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                           aws_access_key_id="x", aws_secret_access_key="x")
        # The first request of EC2 takes some seconds.
        boto3.client("ec2", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id="x",
                     aws_secret_access_key="x").describe_instances()
        def user(name, *actions):
            iam.create_user(UserName=name)
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
            key = iam.create_access_key(UserName=name)["AccessKey"]
            return [key["AccessKeyId"], key["SecretAccessKey"]]
        look = "ec2:DescribeInstances"
        manager = user("manager", look, "ec2:RunInstances", "ec2:TerminateInstances", "ec2:CreateTags", "ec2:DescribeTags")
        print(json.dumps({"port": port, "manager": manager, "reader": user("reader", look)}), flush=True)
        sys.stdin.read()
        """
}

/// A region of moto for one test, through a proxy that does what the test says, and a provider that asks it.
struct MotoRegion {
    /// Amazon's regions, each a world of its own there.
    private static let regions = [
        "us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
        "eu-north-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1",
        "ap-southeast-2", "ca-central-1", "sa-east-1", "eu-south-1", "me-south-1",
    ]
    private static let taken = Locked(0)
    /// The one that moto has in every region.
    static let image = "ami-03cf127a"

    let moto: MotoServer.Ready
    let name: String

    /// The region of the cases of the contract: each run of them has an owner of its own.
    static func ofContract() async throws -> MotoRegion {
        MotoRegion(moto: try await MotoServer.shared.ready(), name: "af-south-1")
    }

    /// The next region that no test had.
    static func take() async throws -> MotoRegion {
        let number = taken.with { count in
            defer { count += 1 }
            return count
        }
        guard number < regions.count else { throw MotoServer.Failure(message: "more tests than regions of moto") }
        return MotoRegion(moto: try await MotoServer.shared.ready(), name: regions[number])
    }

    /// Both `lab` and `lab2` are this region of Amazon's.
    func provider(
        _ keys: [String]? = nil, through url: String? = nil, _ adjust: (inout EC2Spec) -> Void = { _ in }
    ) -> EC2Provider {
        var spec = EC2Spec()
        spec.endpoint = url ?? moto.url
        spec.lookup = .filters
        spec.regions = ["lab": name, "lab2": name]
        adjust(&spec)
        let keys = keys ?? moto.manager
        return EC2Provider(
            spec: spec, timeout: .seconds(60),
            environment: ["AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]], time: SkippingTime(),
            random: SeededRandom(seed: 1), userData: { "#cloud-config for \($0.tags.node)" })
    }
}

/// Gives every request the image and instance type that moto knows.
struct MotoContractProvider: Provider {
    let inner: EC2Provider

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        try await inner.list(owner: owner, region: region)
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        var request = request
        // The one that is there in no region stays as it is.
        if request.template.image != ConformanceCase.noSuchImage { request.template.image = MotoRegion.image }
        request.template.instanceType = "c6i.large"
        return try await inner.create(request)
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) { try await inner.destroy(instance) }
}

/// A proxy before a server that spoils requests as told.
final class FaultProxy: Sendable {
    /// What happens to a request.
    enum Fault: Sendable {
        case none
        /// It never arrives, and the connection ends.
        case dropped
        /// It happens, and the connection ends without an answer.
        case answerLost
        /// It happens, and half of the answer comes.
        case answerCut
        /// It happens, and a page for people comes.
        case answerReplaced
        /// It happens twice, and the second answer comes.
        case doubled
        /// It does not arrive; EC2 would say this.
        case answered(String)
        /// It happens; the answer says `pending` in the place of `running`.
        case slowBoot
    }

    private let server: TestServer
    var url: String { server.url }
    var calls: [EC2Call] { server.received.map(EC2Call.init) }

    /// `fault` gets the request, and how many of its action there were before it.
    init(to port: Int, _ fault: @escaping @Sendable (EC2Call, Int) -> Fault) {
        let counts = Locked<[String: Int]>([:])
        server = TestServer(replies: { request in
            let call = EC2Call(request)
            let before = counts.with { counts in
                defer { counts[call.action, default: 0] += 1 }
                return counts[call.action] ?? 0
            }
            switch fault(call, before) {
            case .none: return .hangUp(after: Self.forward(request, to: port))
            case .dropped: return .hangUp(after: "")
            case .answerLost:
                _ = Self.forward(request, to: port)
                return .hangUp(after: "")
            case .answerCut:
                return .hangUp(after: String(Self.forward(request, to: port).dropLast(100)))
            case .answerReplaced:
                _ = Self.forward(request, to: port)
                return .text(TestServer.response("502 Bad Gateway", "<html>bad gateway</html>"))
            case .doubled:
                _ = Self.forward(request, to: port)
                return .hangUp(after: Self.forward(request, to: port))
            case .answered(let text): return .text(text)
            case .slowBoot:
                // Both words have seven letters: the length stays.
                return .hangUp(
                    after: Self.forward(request, to: port).replacingOccurrences(
                        of: "<name>running</name>", with: "<name>pending</name>"))
            }
        })
    }

    /// The whole answer; its connection ends with it.
    private static func forward(_ request: String, to port: Int) -> String {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let isOpen = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isOpen else { return "" }
        let lines = request.replacingOccurrences(of: "\r\n\r\n", with: "\r\nConnection: close\r\n\r\n")
        let bytes = Array(lines.utf8)
        guard unsafe send(file, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return "" }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(file, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
            answer += buffer[..<count]
        }
    }
}
