import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("EC2: list and destroy")
struct EC2ListTests {
    @Test("finds 500 of ours among 5,000 others, over all pages")
    func pages() async throws {
        // A server that ignores the filters: what is ours is decided by the tags, not by what was asked for.
        let cloud = ScriptedEC2 { call in
            guard call["MaxResults"] == "1000" else {
                return .text(EC2Text.error("400 Bad Request", "InvalidParameterValue"))
            }
            let first = Int(call["NextToken"]) ?? 0
            let items = (first..<first + 1000).filter { $0 < 5500 }.map { index in
                var tags = ec2Request("n\(index)").ec2Tags
                switch index % 11 {
                case 0: break
                case 1: tags[EC2Tag.owner] = "them"
                case 2: tags[EC2Tag.region] = "lab2"
                case 3: tags[EC2Tag.role] = nil
                case 4: tags[EC2Tag.group] = ""
                case 5: tags[EC2Tag.owner] = "US"
                case 6: tags[EC2Tag.node] = nil
                default: tags = ["Name": "other", "owner": "us"]
                }
                return EC2Text.item("i-\(index)", tags)
            }
            return .text(EC2Text.described(items, next: first + 1000 < 5500 ? "\(first + 1000)" : nil))
        }
        let listing = try await cloud.provider.list(owner: "us", region: "lab")
        #expect(listing.complete && listing.instances.map(\.id) == (0..<500).map { "i-\($0 * 11)" })
        #expect(cloud.calls.count == 6)
        let call = try #require(cloud.calls.first)
        #expect(call.filter("tag:smreconcile:owner") == ["us"] && call.filter("tag:smreconcile:region") == ["lab"])
        #expect(call.filter("instance-state-name") == ["pending", "running", "shutting-down", "stopping", "stopped"])
    }

    @Test("a page that fails leaves the list cut short; the first one fails it")
    func cutShort() async throws {
        let items = [EC2Text.item("i-1", ec2Request("n1").ec2Tags)]
        let cut = ScriptedEC2 { call in
            call["NextToken"].isEmpty
                ? .text(EC2Text.described(items, next: "2"))
                : .text(EC2Text.error("403 Forbidden", "UnauthorizedOperation"))
        }
        let listing = try await cut.provider.list(owner: "us", region: "lab")
        #expect(!listing.complete && listing.instances.map(\.id) == ["i-1"])
        #expect(listing.shortfall?.hasPrefix("page 2: DescribeInstances in lab: UnauthorizedOperation") == true)

        let circle = ScriptedEC2 { _ in .text(EC2Text.described(items, next: "2")) }
        #expect(try await circle.provider.list(owner: "us", region: "lab").complete == false)

        let failed = ScriptedEC2 { _ in .text(TestServer.response("500 Server Error", "<html/>")) }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await failed.provider.list(owner: "us", region: "lab")
        }
        guard case .retryable? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
    }

    @Test(
        "states are those of the manager",
        arguments: [
            ("pending", Instance.State.pending), ("running", .running), ("shutting-down", .stopping),
            ("stopping", .stopping), ("stopped", .stopping), ("terminated", .gone),
        ])
    func states(_ word: String, _ state: Instance.State) async throws {
        let cloud = ScriptedEC2 { _ in
            .text(EC2Text.described([EC2Text.item("i-1", ec2Request("n1").ec2Tags, state: word)]))
        }
        #expect(try await cloud.provider.list(owner: "us", region: "lab").instances.map(\.state) == [state])
    }

    @Test("public addresses by default, private ones if the spec says so")
    func addresses() async throws {
        for (kind, address) in [(EC2Spec.Addresses.public, "203.0.113.7"), (.private, "10.0.0.1")] {
            let cloud = ScriptedEC2({ $0.addresses = kind }) { _ in
                .text(EC2Text.described([EC2Text.item("i-1", ec2Request("n1").ec2Tags)]))
            }
            #expect(try await cloud.provider.list(owner: "us", region: "lab").instances.map(\.address) == [address])
        }
    }

    @Test("patterns in a value are meant to the letter")
    func literalFilters() {
        var query = EC2Query("DescribeInstances", isChange: false)
        query.addFilter("tag:a", [#"x*y?z\"#])
        #expect(query["Filter.1.Value.1"] == #"x\*y\?z\\"#)
    }

    @Test(
        "the public endpoint of a region",
        arguments: [
            ("us-east-1", "https://ec2.us-east-1.amazonaws.com/"),
            ("cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn/"),
        ])
    func endpoints(_ region: String, _ url: String) {
        #expect(EC2Endpoint.url(of: region, insteadOf: nil) == url)
        #expect(EC2Endpoint.url(of: region, insteadOf: "http://127.0.0.1:1") == "http://127.0.0.1:1")
    }

    @Test("is asked in Amazon's region of that name")
    func regions() async throws {
        let cloud = ScriptedEC2({ $0.regions = ["lab": "eu-west-1"] }) { _ in .text(EC2Text.described([])) }
        _ = try await cloud.provider.list(owner: "us", region: "lab")
        _ = try await cloud.provider.list(owner: "us", region: "us-east-2")
        #expect(cloud.server.received.first?.contains("/eu-west-1/ec2/aws4_request") == true)
        #expect(cloud.server.received.last?.contains("/us-east-2/ec2/aws4_request") == true)
    }

    @Test("destroys what carries the tags to the letter, by id or by token, and nothing else")
    func destroy() async throws {
        let wanted = ec2Request("n1")
        var foreign = wanted.ec2Tags
        foreign[EC2Tag.owner] = "them"
        let foreignTags = foreign
        let cloud = ScriptedEC2 { call in
            if call.action == "TerminateInstances" { return .text(EC2Text.terminated) }
            switch call["InstanceId.1"] {
            case "i-gone": return .text(EC2Text.error("400 Bad Request", "InvalidInstanceID.NotFound"))
            case "i-theirs": return .text(EC2Text.described([EC2Text.item("i-theirs", foreignTags)]))
            case "i-ending":
                return .text(EC2Text.described([EC2Text.item("i-ending", wanted.ec2Tags, state: "shutting-down")]))
            case "i-stopped":
                return .text(EC2Text.described([EC2Text.item("i-stopped", wanted.ec2Tags, state: "stopped")]))
            default:
                return .text(
                    EC2Text.described([
                        EC2Text.item("i-1", wanted.ec2Tags), EC2Text.item("i-2", wanted.ec2Tags),
                        EC2Text.item("i-3", foreignTags),
                    ]))
            }
        }
        func ended(_ id: String?) async throws -> [String] {
            let before = cloud.calls("TerminateInstances").count
            try await cloud.provider.destroy(InstanceReference(id: id, tags: wanted.tags, token: wanted.token))
            return cloud.calls("TerminateInstances").dropFirst(before).flatMap { call in
                (1...9).compactMap { call.parameters["InstanceId.\($0)"] }
            }
        }
        #expect(try await ended("i-gone") == [])
        #expect(try await ended("i-theirs") == [])
        #expect(try await ended("i-ending") == [])
        #expect(try await ended("i-stopped") == ["i-stopped"])
        #expect(try await ended("i-1") == ["i-1"])
        // Without an id everything that the token made is meant.
        #expect(try await ended(nil) == ["i-1", "i-2"])
    }

    @Test("a destroy whose answer is lost may have happened; one that is refused did not")
    func destroyFailures() async throws {
        let wanted = ec2Request("n1")
        let lost = ScriptedEC2 { call in
            call.action == "TerminateInstances"
                ? .hangUp(after: "") : .text(EC2Text.described([EC2Text.item("i-1", wanted.ec2Tags)]))
        }
        let unknown = await #expect(throws: ProviderFailure.self) { try await lost.provider.destroy(wanted.reference) }
        guard case .unknown? = unknown else { return #expect(Bool(false), "\(String(describing: unknown))") }
        let refused = ScriptedEC2 { call in
            call.action == "TerminateInstances"
                ? .text(EC2Text.error("400 Bad Request", "OperationNotPermitted", "disableApiTermination"))
                : .text(EC2Text.described([EC2Text.item("i-1", wanted.ec2Tags)]))
        }
        await #expect(
            throws: ProviderFailure.terminal(
                "TerminateInstances in lab: OperationNotPermitted: disableApiTermination (request req-1)")
        ) { try await refused.provider.destroy(wanted.reference) }
    }
}
