import Foundation
import Reconciler

@testable import Providers

/// The system's clock as it was at the beginning, and only whoever sleeps moves it: he goes on at once, that much later. How busy the
/// machine is decides nothing.
final class SkippingTime: TimeSource {
    private let present = Locked(Timestamp(Date()))

    func now() -> Timestamp { present.current }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        present.with { $0 = $0 + duration }
        await Task.yield()
    }
}

/// What a request of EC2's Query API asks for.
struct EC2Call: Sendable {
    let parameters: [String: String]

    init(_ request: String) {
        let body = request.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
        parameters = Dictionary(
            body.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), (parts.count > 1 ? String(parts[1]) : "").removingPercentEncoding ?? "")
            }, uniquingKeysWith: { first, _ in first })
    }

    var action: String { self["Action"] }
    subscript(name: String) -> String { parameters[name] ?? "" }

    /// The values of a filter.
    func filter(_ name: String) -> [String] {
        guard let number = (1...9).first(where: { self["Filter.\($0).Name"] == name }) else { return [] }
        return (1...300).compactMap { parameters["Filter.\(number).Value.\($0)"] }
    }

    /// The tags of new instances.
    var tags: [String: String] {
        Dictionary(
            (1...20).compactMap { number in
                parameters["TagSpecification.1.Tag.\(number).Key"].map {
                    ($0, self["TagSpecification.1.Tag.\(number).Value"])
                }
            }, uniquingKeysWith: { first, _ in first })
    }
}

/// Answers as EC2 writes them.
enum EC2Text {
    static func response(_ status: String = "200 OK", _ body: String, headers: String = "") -> String {
        TestServer.response(status, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + body, headers: headers)
    }

    static func error(_ status: String, _ code: String, _ message: String = "words", headers: String = "") -> String {
        response(
            status,
            "<Response><Errors><Error><Code>\(code)</Code><Message>\(message)</Message></Error></Errors>"
                + "<RequestID>req-1</RequestID></Response>", headers: headers)
    }

    static func item(
        _ id: String, _ tags: [String: String], state: String = "running",
        launchedAt: String = "2026-11-22T12:00:00.000Z"
    ) -> String {
        let tags = tags.sorted { $0.key < $1.key }
            .map { "<item><key>\($0.key)</key><value>\($0.value)</value></item>" }.joined()
        return "<item><instanceId>\(id)</instanceId><instanceState><code>16</code><name>\(state)</name></instanceState>"
            + "<privateIpAddress>10.0.0.1</privateIpAddress><ipAddress>203.0.113.7</ipAddress>"
            + "<launchTime>\(launchedAt)</launchTime><tagSet>\(tags)</tagSet></item>"
    }

    static func described(_ items: [String], next: String? = nil) -> String {
        let reservations = items.map { "<item><instancesSet>\($0)</instancesSet></item>" }.joined()
        return response(
            "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservationSet>\(reservations)"
                + "</reservationSet>\(next.map { "<nextToken>\($0)</nextToken>" } ?? "")</DescribeInstancesResponse>")
    }

    /// Tags of instances, as `DescribeTags` shows them.
    static func tagged(_ tags: [(id: String, key: String, value: String)], next: String? = nil) -> String {
        let items = tags.map { tag in
            "<item><resourceId>\(tag.id)</resourceId><resourceType>instance</resourceType><key>\(tag.key)</key>"
                + "<value>\(tag.value)</value></item>"
        }.joined()
        return response(
            "<DescribeTagsResponse><tagSet>\(items)</tagSet>\(next.map { "<nextToken>\($0)</nextToken>" } ?? "")"
                + "</DescribeTagsResponse>")
    }

    static func launched(_ item: String) -> String {
        response("<RunInstancesResponse><instancesSet>\(item)</instancesSet></RunInstancesResponse>")
    }

    static let terminated = response("<TerminateInstancesResponse><instancesSet/></TerminateInstancesResponse>")

    private static func response(_ body: String) -> String { response("200 OK", body) }
}

/// A server that answers with what a test says, and a provider that asks it.
struct ScriptedEC2 {
    let server: TestServer
    let provider: EC2Provider
    let time: SkippingTime

    init(
        environment: [String: String] = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret-key"],
        timeout: Duration = .seconds(60),
        _ adjust: (inout EC2Spec) -> Void = { _ in }, replies: @escaping @Sendable (EC2Call) -> TestServer.Reply
    ) {
        let server = TestServer(replies: { replies(EC2Call($0)) })
        var spec = EC2Spec()
        spec.endpoint = server.url
        // As Amazon's own is asked.
        spec.lookup = .filters
        adjust(&spec)
        let time = SkippingTime()
        var environment = environment
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        self.server = server
        self.time = time
        provider = EC2Provider(
            spec: spec, timeout: timeout, environment: environment, time: time, random: SeededRandom(seed: 1),
            userData: { "#cloud-config\ntoken: \($0.credential)\n" })
    }

    /// What was asked so far.
    var calls: [EC2Call] { server.received.map(EC2Call.init) }
    func calls(_ action: String) -> [EC2Call] { calls.filter { $0.action == action } }
}

/// A request whose template EC2 can make an instance of.
func ec2Request(
    _ node: String, region: String = "lab", settings: [String: String] = [:], type: String? = "c6i.large",
    image: String? = "ami-1"
) -> CreateRequest {
    var made = request(node, region: region)
    made.template.instanceType = type
    made.template.image = image
    made.template.settings = settings
    return made
}

extension CreateRequest {
    /// The tags of its instance.
    var ec2Tags: [String: String] {
        Dictionary(uniqueKeysWithValues: EC2Tag.all(of: self).map { ($0.key, $0.value) })
    }
}
