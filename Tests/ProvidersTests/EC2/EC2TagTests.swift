import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("EC2: instances by their tags, on servers that are not Amazon's")
struct EC2TagTests {
    /// A cloud with 450 instances of ours among as many others, that shows 1,000 tags a page and takes 200 values in a filter.
    private static func cloud(
        _ tags: @escaping @Sendable (EC2Call) -> TestServer.Reply? = { _ in nil }
    ) -> ScriptedEC2 {
        ScriptedEC2({ $0.lookup = .tags }) { call in
            if call.action == "DescribeTags" {
                if let reply = tags(call) { return reply }
                let key = call.filter("key").first ?? ""
                let rows = (0..<450).map { (id: "i-\($0)", key: key, value: call.filter("value").first ?? "") }
                // What was not asked for is left out.
                let strays = [(id: "i-stray", key: key, value: "other")]
                let first = Int(call["NextToken"]) ?? 0
                return .text(
                    EC2Text.tagged(Array(rows[first..<min(first + 400, 450)]) + strays, next: first == 0 ? "400" : nil))
            }
            let ids = call.filter("instance-id")
            guard ids.count <= 200, !ids.contains("i-stray") else {
                return .text(EC2Text.error("400 Bad Request", "FilterLimitExceeded"))
            }
            // One is somebody else's by now, and one is gone.
            let items = ids.filter { $0 != "i-7" }.map { id in
                EC2Text.item(id, ec2Request("n-\(id)", region: id == "i-8" ? "lab2" : "lab").ec2Tags)
            }
            return .text(EC2Text.described(items))
        }
    }

    @Test("a list asks for the tags, then for the instances, 200 at a time, and believes the instances")
    func list() async throws {
        let cloud = Self.cloud()
        let listing = try await cloud.provider.list(owner: "us", region: "lab")
        #expect(listing.complete && listing.instances.count == 448)
        #expect(Set(listing.instances.map(\.id)).isDisjoint(with: ["i-7", "i-8"]))
        let tags = cloud.calls("DescribeTags")
        #expect(tags.count == 2 && tags[0].filter("key") == ["smreconcile:owner"] && tags[0].filter("value") == ["us"])
        #expect(tags[0].filter("resource-type") == ["instance"])
        #expect(cloud.calls("DescribeInstances").map { $0.filter("instance-id").count } == [200, 200, 50])
        #expect(cloud.calls("DescribeInstances").allSatisfy { $0.filter("instance-state-name").count == 5 })
    }

    @Test("of a server that refuses it, or shows no tags at all, the filters are asked")
    func fallback() async throws {
        let answers: [(String, Int)] = [
            (EC2Text.error("400 Bad Request", "InvalidAction"), 1),
            (EC2Text.error("403 Forbidden", "UnauthorizedOperation"), 1),
            // Once it knows nobody's tags, and once it does not even speak of them.
            (EC2Text.tagged([]), 4), (TestServer.response("500 Server Error", "<html/>"), 2),
        ]
        for (answer, requests) in answers {
            let cloud = Self.filtering { _ in .text(answer) }
            for _ in 0..<2 {
                let listing = try await cloud.provider.list(owner: "us", region: "lab")
                #expect(listing.complete && listing.instances.map(\.id) == ["i-1"])
            }
            // What is refused once is not asked again.
            #expect(cloud.calls("DescribeTags").count == requests, "\(answer)")
            #expect(cloud.calls("DescribeInstances").count == 2)
        }
    }

    @Test("that there is nothing is believed of a server that has shown somebody's tags")
    func empty() async throws {
        let cloud = Self.filtering { call in
            call.filter("key").isEmpty
                ? .text(EC2Text.tagged([(id: "i-9", key: "Name", value: "other")])) : .text(EC2Text.tagged([]))
        }
        for _ in 0..<3 {
            let listing = try await cloud.provider.list(owner: "us", region: "lab")
            #expect(listing.complete && listing.instances.isEmpty)
        }
        #expect(cloud.calls("DescribeTags").count == 4 && cloud.calls("DescribeInstances").isEmpty)
    }

    @Test("tags that cannot be had for the moment fail the list, a page of instances that fails cuts it short")
    func failures() async throws {
        let throttled = Self.cloud { _ in .text(EC2Text.error("503 Unavailable", "RequestLimitExceeded")) }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await throttled.provider.list(owner: "us", region: "lab")
        }
        guard case .retryable? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        #expect(throttled.calls("DescribeInstances").isEmpty)

        let asked = Locked(0)
        let rows = (0..<300).map { (id: "i-\($0)", key: EC2Tag.owner, value: "us") }
        let cut = ScriptedEC2({ $0.lookup = .tags }) { call in
            if call.action == "DescribeTags" { return .text(EC2Text.tagged(rows)) }
            let number = asked.with { asked in
                asked += 1
                return asked
            }
            guard number == 1 else { return .text(EC2Text.error("403 Forbidden", "UnauthorizedOperation")) }
            return .text(
                EC2Text.described(call.filter("instance-id").map { EC2Text.item($0, ec2Request("n-\($0)").ec2Tags) }))
        }
        let listing = try await cut.provider.list(owner: "us", region: "lab")
        #expect(!listing.complete && listing.instances.count == 200)
        #expect(listing.shortfall?.hasPrefix("page 2: DescribeInstances in lab: UnauthorizedOperation") == true)
    }

    @Test(
        "Amazon's own servers are asked by filters, all others by tags, unless the spec says otherwise",
        arguments: [
            (nil, nil, false), ("https://ec2.us-east-1.amazonaws.com", nil, false),
            ("https://vpce-1.ec2.us-east-1.vpce.amazonaws.com/", nil, false),
            ("https://ec2.us-east-1.api.aws", nil, false),
            ("https://ec2.cn-north-1.amazonaws.com.cn/", nil, false), ("http://127.0.0.1:5000", nil, true),
            ("https://amazonaws.com.example.org/", nil, true), ("http://127.0.0.1:5000", EC2Spec.Lookup.filters, false),
            (nil, .tags, true),
        ] as [(String?, EC2Spec.Lookup?, Bool)])
    func choice(_ endpoint: String?, _ lookup: EC2Spec.Lookup?, _ usesTags: Bool) {
        var spec = EC2Spec()
        spec.endpoint = endpoint
        spec.lookup = lookup
        #expect(EC2Endpoint.usesTags(spec) == usesTags)
    }

    /// A cloud whose filters find one of ours.
    private static func filtering(_ tags: @escaping @Sendable (EC2Call) -> TestServer.Reply) -> ScriptedEC2 {
        ScriptedEC2({ $0.lookup = .tags }) { call in
            if call.action == "DescribeTags" { return tags(call) }
            guard call.filter("tag:smreconcile:owner") == ["us"] else {
                return .text(EC2Text.error("400 Bad Request", "InvalidParameterValue"))
            }
            return .text(EC2Text.described([EC2Text.item("i-1", ec2Request("n1").ec2Tags)]))
        }
    }
}
