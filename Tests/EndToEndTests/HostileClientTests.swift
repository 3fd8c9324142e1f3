import Foundation
import Providers
import Testing

/// Clients of the API that lie, or ask what makes no sense, over sockets and byte by byte: no library in between that would tidy up.
@Suite("Hostile clients", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct HostileClientTests {
    /// A request, and exactly how it is answered.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var target: String
        var headers: [String] = []
        /// From where it comes: 127.0.9.x are trusted proxies, 127.0.1.1 is near Dublin, 127.0.2.1 near Singapore.
        var from = "127.0.0.1"
        var status = 400
        /// The problem's words; nil: it is none.
        var detail: String?
        /// In the answer of one that is none, such as `"region":"dublin"`.
        var has = ""

        init(
            _ name: String, _ target: String, _ status: Int = 400, _ detail: String? = nil, has: String = "",
            from: String = "127.0.0.1", _ headers: String...
        ) {
            testDescription = name
            self.target = target.hasPrefix("/") ? target : "/as/v1/streams/" + target
            (self.status, self.detail, self.has, self.from, self.headers) = (status, detail, has, from, headers)
        }
    }

    private static let name =
        "the stream name must have 1 to 256 bytes, no control characters, and no empty, '.' or '..' between slashes"
    private static let scope =
        "the scope must have 1 to 64 bytes, no control characters, and no empty, '.' or '..' between slashes"
    private static func number(_ name: String, _ value: String, _ bound: Int) -> String {
        "the parameter '\(name)' is '\(value)', not a number from -\(bound).0 to \(bound).0"
    }

    static let cases: [Case] = [
        // Where a client is.
        Case(
            "X-Forwarded-For of anybody", "live/f1/publish", 200, has: #""region":"dublin""#, from: "127.0.1.1",
            "X-Forwarded-For: 127.0.2.1"),
        Case(
            "Forwarded of anybody", "live/f2/publish", 200, has: #""region":"dublin""#, from: "127.0.1.1",
            "Forwarded: for=127.0.2.1"),
        Case(
            "what a client told a trusted proxy", "live/f3/publish", 200, has: #""region":"singapore""#,
            from: "127.0.9.1",
            "X-Forwarded-For: 127.0.1.1, 127.0.2.1"),
        Case(
            "the same, in Forwarded", "live/f4/publish", 200, has: #""region":"singapore""#, from: "127.0.9.1",
            "Forwarded: for=127.0.1.1, for=127.0.2.1"),
        Case(
            "nonsense from a trusted proxy", "live/f5/publish", 200, has: #""nodeId""#, from: "127.0.9.1",
            "X-Forwarded-For: ;;,\"'<>, 999.1.1.1"),
        Case(
            "1,000 hops", "live/f6/publish", 200, has: #""nodeId""#, from: "127.0.9.1",
            "X-Forwarded-For: \(String(repeating: "127.0.9.7,", count: 1000))127.0.9.8"),
        Case("lat is no number", "live/a/publish?lat=nan&lon=0", 400, number("lat", "nan", 90)),
        Case("lat is infinite", "live/a/publish?lat=inf&lon=0", 400, number("lat", "inf", 90)),
        Case("lat is beyond every number", "live/a/publish?lat=1e999&lon=0", 400, number("lat", "1e999", 90)),
        Case("lat is empty", "live/a/publish?lat=&lon=0", 400, number("lat", "", 90)),
        Case("lat is a bare word", "live/a/publish?lat&lon=0", 400, number("lat", "", 90)),
        Case("lat is hexadecimal", "live/a/publish?lat=0x1p3&lon=0", 400, number("lat", "0x1p3", 90)),
        Case("lat is past the pole", "live/a/publish?lat=90.0000001&lon=0", 400, number("lat", "90.0000001", 90)),
        Case("lon is out of range", "live/a/publish?lat=0&lon=-180.1", 400, number("lon", "-180.1", 180)),
        Case(
            "lat alone", "live/a/publish?lat=1", 400, "the parameter 'lat' is there without 'lon'; they go together"),
        // Names.
        Case("a name of 4 KB", "live/\(String(repeating: "n", count: 4096))/publish", 400, name),
        Case("a scope of 4 KB", "\(String(repeating: "s", count: 4096))/a/publish", 400, scope),
        Case("%2F is a slash of the name", "live/x%2Fy/publish", 200, has: #""name":"x/y""#),
        Case("and so is a plain one", "live/x/y/publish", 200, has: #""name":"x/y""#),
        Case("%2F does not end a name", "live/x%2Fsubscribe/publish", 200, has: #""name":"x/subscribe""#),
        Case("a scope may have slashes too", "live%2Feu/a/publish", 404, "no node group serves the scope 'live/eu'"),
        Case("encoded twice is decoded once", "live/x%252Fy/publish", 200, has: #""name":"x%2Fy""#),
        Case("a NUL", "live/a%00b/publish", 400, name),
        Case("a line feed", "live/a%0d%0aSet-Cookie:%20x/publish", 400, name),
        Case(
            "broken UTF-8", "live/%ff%fe/publish", 400, "the stream name in the path is no percent-encoded UTF-8"),
        Case(
            "overlong UTF-8", "live/%c0%ae%c0%ae/publish", 400,
            "the stream name in the path is no percent-encoded UTF-8"),
        Case(
            "half an escape", "live/a%2/publish", 400, "the stream name in the path is no percent-encoded UTF-8"),
        Case("dot segments", "live/../x/publish", 400, name),
        Case("encoded dot segments", "live/%2e%2e/x/publish", 400, name),
        Case("dots behind an encoded slash", "live/a%2F..%2F..%2Fetc/publish", 400, name),
        Case("dot segments as a scope", "../x/publish", 400, scope),
        Case("an empty segment", "live/a//b/publish", 400, name),
        Case("no name", "live//publish", 400, name),
        Case("three dots are a name", "live/.../publish", 200, has: #""name":"...""#),
        Case("quotes and brackets", "live/%22%7D%3C/publish", 200, has: #""name":"\"}<""#),
        // Regions.
        Case(
            "an unknown region", "live/r1/publish?region=mars", 200, has: #""nodeId""#),
        Case(
            "an unknown region and no other", "live/r2/publish?region=mars&strict=true", 404,
            "no region or zone is called 'mars', and strict=true allows no other (node group 'live')"),
        Case(
            "2,000 regions", "live/a/publish?region=\(String(repeating: "a,", count: 2_000))", 400,
            "the parameter 'region' makes it more than 64 regions and zones"),
        Case(
            "10,000 regions are more than a URL holds",
            "live/a/publish?region=\(String(repeating: "a,", count: 10_000))", 414, has: "too big"),
        Case(
            "strict without a region", "live/a/publish?strict=true", 400,
            "'strict=true' needs 'region' or 'zone': it allows no other"),
        Case(
            "strict with an empty list", "live/a/publish?region=,,&strict=true", 400,
            "'strict=true' needs 'region' or 'zone': it allows no other"),
        Case(
            "strict is neither", "live/a/publish?strict=maybe", 400,
            "the parameter 'strict' is 'maybe', not true or false"),
        // Parameters.
        Case(
            "endpoints=0", "live/a/publish?endpoints=0", 400,
            "the parameter 'endpoints' is '0', not a whole number from 1 to 100"),
        Case(
            "endpoints=-1", "live/a/publish?endpoints=-1", 400,
            "the parameter 'endpoints' is '-1', not a whole number from 1 to 100"),
        Case(
            "endpoints=1e9", "live/a/publish?endpoints=1e9", 400,
            "the parameter 'endpoints' is '1e9', not a whole number from 1 to 100"),
        Case(
            "endpoints=1000000000", "live/a/publish?endpoints=1000000000", 400,
            "the parameter 'endpoints' is '1000000000', not a whole number from 1 to 100"),
        Case(
            "endpoints=", "live/a/publish?endpoints=", 400,
            "the parameter 'endpoints' is '', not a whole number from 1 to 100"),
        Case(
            "endpoints=2.5", "live/a/publish?endpoints=2.5", 400,
            "the parameter 'endpoints' is '2.5', not a whole number from 1 to 100"),
        Case(
            "more endpoints than there are", "live/e1/publish?endpoints=100", 200, has: #""name":"e1""#),
        Case(
            "an unknown capability", "live/a/publish?capabilities=fly", 400,
            "the parameter 'capabilities' has the unknown 'fly'; known are publish, subscribe, transcode, relay"),
        Case(
            "a parameter twice", "live/a/publish?region=dublin&region=singapore", 400,
            "the parameter 'region' is there twice"),
        Case(
            "a ticket twice", "live/a/publish?ticket=true&ticket=false", 400, "the parameter 'ticket' is there twice"),
        Case("an unknown parameter is passed over", "live/u/publish?colour=blue", 200, has: #""nodeId""#),
        Case(
            "but not where it could narrow a list", "/as/v1/streams?colour=blue", 400,
            "unknown parameter 'colour'; known are scope, nodeGroup, region, node, name, limit, after"),
        Case(
            "a ticket, perhaps", "live/a/publish?ticket=perhaps", 400,
            "the parameter 'ticket' is 'perhaps', not true or false"),
        Case(
            "a client with a line feed", "live/a/publish?ticket=true&client=a%0ab", 400,
            "the parameter 'client' must have 1 to 128 bytes and no control characters"),
        Case(
            "a page of none", "/as/v1/streams?limit=0", 400,
            "the parameter 'limit' is '0', not a whole number from 1 to 1000"),
        Case(
            "a page of minus one", "/as/v1/nodes?limit=-1", 400,
            "the parameter 'limit' is '-1', not a whole number from 1 to 1000"),
        Case(
            "a page of a billion", "/as/v1/streams?limit=1e9", 400,
            "the parameter 'limit' is '1e9', not a whole number from 1 to 1000"),
        Case(
            "a page from nowhere", "/as/v1/streams?after=x", 400,
            "the parameter 'after' is 'x', not SCOPE/NAME as in the link of a page"),
        Case(
            "a protocol that nobody speaks", "live/a/publish?protocol=gopher", 404,
            "no role can publish over gopher (node group 'live')"),
        Case("a scope that nobody serves", "nobody/a/publish", 404, "no node group serves the scope 'nobody'"),
        Case("a stream that is not live", "live/never/subscribe", 404, "the stream 'live/never' is not live"),
        Case(
            "a list filter of stars", "/as/v1/streams?name=\(String(repeating: "*a", count: 100))", 400,
            "the parameter 'name' may have 256 bytes and 8 stars"),
    ]

    /// A database of the loopback network.
    private static let spec = Specs.twoPlaces(
        database: Workspace.repository + "/Tests/GeographyTests/Fixtures/city.mmdb")

    @Test("each is told what is wrong with what it asked, none is served where it lied to be, and the manager lives on")
    func table() async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: workspace.write(Self.spec, to: "spec.yaml"))
            try await manager.serves(2)
            if manager.bearer == nil { try await manager.login() }
            for example in Self.cases {
                let answer = try await ask(manager, example)
                #expect(answer.status == example.status, "\(example.testDescription): \(answer.body)")
                if let detail = example.detail {
                    let problem = try? JSONDecoder().decode(ProblemAnswer.self, from: Data(answer.body.utf8))
                    #expect(problem?.detail == detail, "\(example.testDescription)")
                } else {
                    #expect(answer.body.contains(example.has), "\(example.testDescription): \(answer.body)")
                }
            }
            #expect(manager.program.isRunning)
            #expect(try await manager.send("GET", "/healthz").status == 200)
            #expect(!manager.program.error.contains("Fatal"), "\(manager.program.error)")
        }
    }

    /// curl with the target as it is, and from that address.
    private func ask(_ manager: Manager, _ example: Case) async throws -> (status: Int, body: String) {
        let config = try manager.workspace.write(
            ([
                "url = \"\(manager.url)\(example.target)\"", "path-as-is", "globoff", "silent", "max-time = 20",
                "interface = \"\(example.from)\"", "write-out = \"\\n%{http_code}\"",
                "header = \"Authorization: Bearer \(manager.bearer ?? "")\"",
            ]
                + example.headers.map {
                    "header = \"\($0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
                }).joined(separator: "\n"), to: "request.curl")
        let out = try await manager.workspace.start(["curl", "--config", config]).end(within: .seconds(30)).out
        let lines = out.split(separator: "\n", omittingEmptySubsequences: false)
        return (lines.last.flatMap { Int($0) } ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}
