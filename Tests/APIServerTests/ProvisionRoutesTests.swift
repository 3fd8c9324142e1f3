import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Provisions")
struct ProvisionRoutesTests {
    static let path = "/as/v1/streams/provision/live"

    /// As the product's clients send one.
    static let ladder = """
        [{"messageType": "ProvisionCommand", "provisionGuid": "live/match",
          "credentials": {"username": "ann", "password": "s3cret"},
          "geoRules": {"regions": ["us-east"], "restricted": false},
          "streams": [
            {"streamGuid": "live/match_1", "abrLevel": 1, "qos": 3, "destUri": "rtmp://elsewhere.example/app/key",
             "videoParams": {"videoWidth": 1920, "videoHeight": 1080, "videoBitRate": 4500000}},
            {"streamGuid": "live/match_2", "abrLevel": 2, "camParams": {"properties": {"uri": "rtsp://u:p@cam"}}}],
          "title": {"en": "The \\"match\\""}}]
        """

    private static func named(_ guid: String) -> String {
        #"[{"provisionGuid":"\#(guid)","streams":[{"streamGuid":"\#(guid)"}]}]"#
    }

    @Test("a group is found by the name that the product's clients know, and by ours, and by no other")
    func productNames() async throws {
        let api = try await TestAPI()
        api.publish(spec: { $0.groups[0].annotations["sm2-name"] = "Live" })
        let path = "/as/v1/streams/provision/"
        #expect(try await api.ask(.post, path + "Live", body: Self.named("live/a")).status == 201)
        for name in ["Live", "live", "default"] {
            #expect(try await api.ask(.get, path + name + "/live/a").status == 200, "\(name)")
            #expect(try await api.ask(.get, path + name).list.count == 1, "\(name)")
        }
        for name in ["LIVE", "Live.", "_Live"] {
            #expect(try await api.ask(.post, path + name, body: Self.named("live/b")).status == 404, "\(name)")
            #expect(try await api.ask(.delete, path + name + "/live/a").status == 404, "\(name)")
        }
        #expect(try await api.ask(.delete, path + "Live/live/a").status == 200)
    }

    @Test("a region is found by the name that the product's clients know, in a rule and where nodes are picked")
    func productRegions() async throws {
        let api = try await TestAPI()
        let body = Self.named("live/a").replacing(
            #""streams""#, with: #""geoRules":{"regions":["US_East"],"restricted":false},"streams""#)
        #expect(try await api.ask(.post, Self.path, body: body).status == 201)
        let shown = try await api.ask(.get, Self.path + "/live/a")
        #expect(shown.text.contains(#""geoRules":{"regions":["us-east"],"restricted":false}"#), "\(shown.text)")
        #expect(try await api.ask(.post, Self.path, body: Self.named("live/b")).status == 201)
        let target = Self.path + "/distribute/live/b?strict=true&subgroup="
        #expect(try await api.ask(.post, target + "EU_West").status == 422)
        #expect(try await api.ask(.post, target + "US_East").status == 200)
    }

    @Test("what was made is listed and shown, deleted, and made again")
    func life() async throws {
        let api = try await TestAPI()
        let made = try await api.ask(.post, Self.path, as: .operator, body: Self.ladder)
        #expect(made.status == 201 && made.body.isEmpty)
        let again = try await api.ask(.post, Self.path, body: Self.ladder)
        #expect(again.status == 409)
        #expect(again.json["errorMessage"] as? String == again.json["error"] as? String)
        let shown = try await api.ask(.get, Self.path + "/live/match", as: .operator)
        #expect(
            shown.text == """
                {"provisionGuid":"live/match","nodeGroup":"live","credentials":{"username":"ann","password":"***"},\
                "geoRules":{"regions":["us-east"],"restricted":false},"streams":[\
                {"streamGuid":"live/match_1","abrLevel":1,"qos":3,"destUri":"rtmp://elsewhere.example/app/key",\
                "videoParams":{"videoWidth":1920,"videoHeight":1080,"videoBitRate":4500000}},\
                {"streamGuid":"live/match_2","abrLevel":2,"camParams":{"properties":{"uri":"rtsp://u:p@cam"}}}],\
                "title":{"en":"The \\"match\\""}}
                """)
        #expect(try await api.ask(.get, Self.path).text == "[\(shown.text)]")
        for name in ["live%2Fmatch", "live/match/"] {
            #expect(try await api.ask(.get, Self.path + "/" + name).text == shown.text)
        }
        #expect(try await api.ask(.delete, Self.path + "/live/match").status == 200)
        #expect(try await api.ask(.delete, Self.path + "/live/match").status == 404)
        #expect(try await api.ask(.get, Self.path + "/live/match").status == 404)
        #expect(try await api.ask(.get, Self.path).text == "[]")
        #expect(try await api.ask(.post, Self.path, body: Self.ladder).status == 201)
    }

    @Test("who may not change a provision sees no name, no address and nothing that may hold a secret")
    func masks() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, Self.path, body: Self.ladder).status == 201)
        let shown = try await api.ask(.get, Self.path + "/live/match", as: .viewer)
        #expect(
            shown.text == """
                {"provisionGuid":"live/match","nodeGroup":"live","credentials":{"username":"***","password":"***"},\
                "geoRules":{"regions":["us-east"],"restricted":false},"streams":[\
                {"streamGuid":"live/match_1","abrLevel":1,"qos":3,"destUri":"***",\
                "videoParams":{"videoWidth":1920,"videoHeight":1080,"videoBitRate":4500000}},\
                {"streamGuid":"live/match_2","abrLevel":2}]}
                """)
        #expect(try await api.ask(.post, Self.path, as: .viewer, body: Self.named("live/x")).status == 403)
        #expect(try await api.ask(.delete, Self.path + "/live/match", as: .app).status == 403)
    }

    struct Fault: CustomTestStringConvertible {
        var body: String
        var words: String
        var testDescription: String { words }
    }

    private static func stream(_ fields: String) -> String {
        #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/p",\#(fields)}]}]"#
    }

    private static func provision(_ fields: String) -> String {
        #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/p"}],\#(fields)}]"#
    }

    @Test(
        "what is wrong is 400, with where it is and what to do",
        arguments: [
            Fault(body: "", words: "expected a list"), Fault(body: "[]", words: "the list of provisions is empty"),
            Fault(body: "{}", words: "expected a list"),
            Fault(body: "[{}] x", words: "provision 1: 'provisionGuid' is missing"),
            Fault(
                body: #"[{"provisionGuid":"ab"}]"#, words: "provision 1: provisionGuid: it has 2 bytes, not 3 to 256"),
            Fault(
                body: #"[{"provisionGuid":"\#(String(repeating: "g", count: 257))"}]"#,
                words: "provision 1: provisionGuid: it has 257 bytes, not 3 to 256"),
            Fault(body: named("live/a//b"), words: "'live/a//b' has an empty part"),
            Fault(body: named("live/a/"), words: "'live/a/' has an empty part"),
            Fault(body: named("distribute/a"), words: "begins with 'distribute/', which is reserved"),
            Fault(
                body: #"[{"provisionGuid":"live/p"}]"#, words: "'streams' is missing or empty; it needs one at least"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streams":[{}]}]"#,
                words: "streams: stream 1: 'streamGuid' is missing"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"plain"}]}]"#,
                words: "streamGuid: 'plain' has no slash; it is a scope and a name, such as live/match"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"mixer/a"}]}]"#,
                words: "the scope of 'mixer/a' is reserved"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"vod/a"}]}]"#,
                words: "node group 'live' serves no scope of 'vod/a'; it serves live"),
            Fault(
                body:
                    #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/\#(String(repeating: "n", count: 300))"}]}]"#,
                words: "the scope may have 64 bytes here and the name 256"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streamGuid":"live/q","streams":[]}]"#,
                words: "'provisionGuid' and 'streamGuid' differ"),
            Fault(
                body: #"[{"provisionGuid":"live/p","provisionGuid":"live/p"}]"#, words: "'provisionGuid' is there twice"
            ),
            Fault(body: stream(#""abrLevel":-1"#), words: "stream 1: abrLevel: it is -1, not 0 or more"),
            Fault(body: stream(#""abrLevel":"1""#), words: "stream 1: abrLevel: expected a number"),
            Fault(
                body: stream(#""videoParams":{"videoWidth":1}"#),
                words: "videoParams: videoWidth: it is 1, not 2 to 7680"),
            Fault(
                body: stream(#""videoParams":{"videoQpMin":9,"videoQpMax":8}"#),
                words: "videoQpMin is 9, over videoQpMax of 8"),
            Fault(body: stream(#""cloudParams":7"#), words: "cloudParams: expected an object"),
            Fault(
                body: provision(#""capabilities":["MIX"]"#),
                words: "no node is ever capable of 'MIX'; known are PUBLISH, SUBSCRIBE, TRANSCODE, RELAY"),
            Fault(
                body: provision(#""geoRules":{"regions":["us-esat"],"restricted":true}"#),
                words: "there is no region or zone 'us-esat' in node group 'live'; did you mean 'us-east'?"),
            Fault(body: provision(#""geoRules":{"restricted":true}"#), words: "'regions' is missing or empty"),
            Fault(
                body: provision(#""credentials":{"username":"ann"}"#),
                words: "credentials: it needs 'username' and 'password', or 'token' alone"),
            Fault(
                body: provision(#""credentials":{"username":"ann","password":"x","token":"y"}"#),
                words: "it needs 'username' and 'password', or 'token' alone"),
            Fault(
                body: provision(#""credentials":{"username":"ann","password":""}"#),
                words: "password: it must have 1 to"),
            Fault(body: provision(#""credentials":{"token":"***"}"#), words: "send the secret itself"),
            Fault(
                body:
                    #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/a"}]},{"provisionGuid":"live/a","streams":[{"streamGuid":"live/b"}]}]"#,
                words: "provision 2: 'live/a' is in provision 1 already"),
            Fault(
                body: #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/a"},{"streamGuid":"live/a"}]}]"#,
                words: "stream 2: 'live/a' is there twice"),
        ])
    func faults(_ fault: Fault) async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.post, Self.path, body: fault.body)
        #expect(answer.status == 400)
        let detail = answer.json["detail"] as? String ?? ""
        #expect(detail.contains(fault.words), "\(detail)")
        #expect(api.live.provisions.isEmpty)
    }

    @Test("the bounds themselves are allowed, the older name too, and null is as good as nothing")
    func bounds() async throws {
        let api = try await TestAPI()
        let long = "live/" + String(repeating: "n", count: 251)
        for body in [
            Self.named(long), Self.named("a/b").replacing("a/b", with: "l/b").replacing("l/b", with: "live/b"),
            #"[{"streamGuid":"live/older","geoRules":null,"credentials":null,"capabilities":null,"streams":[{"streamGuid":"live/older","qos":null,"destUri":null,"camParams":null,"abrLevel":0}]}]"#,
            Self.stream(
                #""videoParams":{"videoWidth":7680,"videoHeight":2,"videoBitRate":100,"videoQpMin":63,"videoQpMax":63}"#
            ),
        ] {
            let answer = try await api.ask(.post, Self.path, body: body)
            #expect(answer.status == 201, "\(answer.text)")
        }
        #expect(
            try await api.ask(.get, Self.path + "/live/older").text
                == #"{"provisionGuid":"live/older","nodeGroup":"live","streams":[{"streamGuid":"live/older","abrLevel":0}]}"#
        )
    }

    @Test("a list is limited in bytes and in number")
    func limits() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, Self.path, body: String(repeating: " ", count: 1 << 21)).status == 413)
        func many(_ count: Int) -> String {
            "[" + (0..<count).map { String(Self.named("live/\($0)").dropFirst().dropLast()) }.joined(separator: ",")
                + "]"
        }
        #expect(try await api.ask(.post, Self.path, body: many(ProvisionLimits.perRequest + 1)).status == 400)
        #expect(try await api.ask(.post, Self.path, body: many(ProvisionLimits.perRequest)).status == 201)
        let large = Self.provision(#""title":"\#(String(repeating: "x", count: ProvisionLimits.bytes))""#)
        let refused = try await api.ask(.post, Self.path, body: large)
        #expect(refused.status == 400 && refused.text.contains("bytes; the most are 32768"))
        let streams = (0...ProvisionLimits.streams).map { #"{"streamGuid":"live/s\#($0)"}"# }.joined(separator: ",")
        let ladder = #"[{"provisionGuid":"live/large","streams":[\#(streams)]}]"#
        #expect(try await api.ask(.post, Self.path, body: ladder).status == 400)
    }

    @Test("a change is for what is there, and the mask keeps the secret")
    func change() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.put, Self.path, body: Self.ladder).status == 404)
        #expect(try await api.ask(.post, Self.path, body: Self.ladder).status == 201)
        let before = api.live.provisions.table.provisions(of: "live").first
        // What was shown is sent back with one change.
        let shown = try await api.ask(.get, Self.path + "/live/match").text
        let changed = "[\(shown.replacing(#""abrLevel":2"#, with: #""abrLevel":7"#))]"
        let answer = try await api.ask(.put, Self.path, body: changed)
        #expect(answer.status == 200 && answer.body.isEmpty, "\(answer.text)")
        let after = try #require(api.live.provisions.table.provisions(of: "live").first)
        #expect(after.credentials == before?.credentials && after.streams.last?.abrLevel == 7)
        #expect(
            try await api.ask(.post, Self.path + "/distribute/live/match?subgroup=eu-west&transcode=false").status
                == 200)
        #expect(try await api.ask(.put, Self.path, body: changed).status == 409)
    }

    @Test("distribution answers where each stream goes, and publish answers the same")
    func distribute() async throws {
        let api = try await TestAPI()
        let body = Self.ladder.replacing(#""videoParams""#, with: #""note""#)
        #expect(try await api.ask(.post, Self.path, body: body).status == 201)
        let target = Self.path + "/distribute/live/match"
        let answer = try await api.ask(.post, target + "?endpoints=1&blocking=true&restream=false", body: "{}")
        #expect(
            answer.text == """
                [{"streamGuid":"live/match_1","serverAddress":"203.0.113.10","nodeRole":"origin","subGroup":"us-east",\
                "nodeState":"INSERVICE","subscribers":0,"abrLevel":1,"nodeId":"origin-1"},\
                {"streamGuid":"live/match_2","serverAddress":"203.0.113.10","nodeRole":"origin","subGroup":"us-east",\
                "nodeState":"INSERVICE","subscribers":0,"abrLevel":2,"nodeId":"origin-1"}]
                """)
        #expect(
            try await api.ask(.get, Self.path + "/live/match").text.contains(#""distribution":{"nodes":["origin-1"]"#))
        for (query, status) in [
            ("?capabilities=TRANSCODE", 422), ("?transcode=true", 422), ("?endpoints=2&strict=true", 422),
            ("?endpoints=0", 400), ("?capabilities=MIX", 400), ("?restream=true", 400), ("?subgruop=x", 400),
            ("?region=eu-west&strict=true", 422),
        ] {
            #expect(try await api.ask(.post, target + query).status == status, "\(query)")
        }
        #expect(try await api.ask(.post, Self.path + "/distribute/live/none").status == 404)
        #expect(try await api.ask(.get, target).status == 405)
        let publish = try await api.ask(.get, "/as/v1/streams/live/match_2/publish?region=eu-west", as: .app)
        #expect(publish.json["nodeId"] as? String == "origin-1" && publish.json["name"] as? String == "match_2")
        let why = try await api.ask(.get, "/as/v1/streams/live/match_1/route/explain?action=publish")
        #expect((why.json["answer"] as? [String: Any])?["how"] as? String == "distributed")
    }

    @Test("a viewer of the ladder is told the level that it gets, and the status shows each level's viewers")
    func ladder() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, Self.path, body: Self.ladder).status == 201)
        let subscribe = "/as/v1/streams/live/match/subscribe"
        #expect(try await api.ask(.get, subscribe, as: .app).status == 404)
        #expect(try await api.ask(.get, Self.path + "/live/match?status=true", as: .viewer).text == "[]")
        for name in ["match_2", "match_1"] {
            #expect(api.live.published(StreamKey(scope: "live", name: name), on: "origin-1", at: api.time.now()))
            let answer = try await api.ask(.get, subscribe + "?protocol=rtmp", as: .app)
            #expect(answer.json["name"] as? String == name)
            #expect((answer.json["url"] as? String)?.hasSuffix("/live/\(name)") == true)
        }
        let reports = [("match_1", 5), ("match_2", 7)].map {
            StreamReport(scope: "live", name: $0.0, role: .edge, subscribers: $0.1)
        }
        _ = api.live.heartbeat(
            Heartbeat(sequence: 1, metrics: [:], streams: reports), from: "edge-2", at: api.time.now())
        let status = try await api.ask(.get, Self.path + "/live/match?status=true", as: .viewer)
        let rows = status.list.map { row in
            "\(row["streamGuid"] ?? "") \(row["nodeId"] ?? "") \(row["nodeRole"] ?? "") \(row["subscribers"] ?? "")"
        }
        #expect(
            rows == [
                "live/match_1 origin-1 origin 0", "live/match_1 edge-2 edge 5", "live/match_2 origin-1 origin 0",
                "live/match_2 edge-2 edge 7",
            ])
    }

    @Test("'default' is the only group, a group that is not there is 404, and a path of ours shadows none of a stream")
    func names() async throws {
        let api = try await TestAPI()
        let root = "/as/v1/streams/provision"
        #expect(try await api.ask(.post, root + "/default", body: Self.named("live/a")).status == 201)
        #expect(try await api.ask(.get, root + "/live").list.count == 1)
        #expect(try await api.ask(.get, root + "/default/live/a").status == 200)
        for path in [root + "/lvie", root + "/lvie/live/a"] {
            #expect(try await api.ask(.get, path).status == 404)
        }
        #expect(try await api.ask(.post, root + "/lvie", body: Self.named("live/a")).status == 404)
        // Names that end as the paths of streams do.
        for name in ["live/publish", "live/subscribe", "live/route/explain", "live/distribute"] {
            #expect(try await api.ask(.post, root + "/live", body: Self.named(name)).status == 201)
            let shown = try await api.ask(.get, "\(root)/live/\(name)")
            #expect(shown.json["provisionGuid"] as? String == name)
        }
        for scope in ["stream", "mixer", "stream%2Fa", "provision%2Fa"] {
            let answer = try await api.ask(.get, "/as/v1/streams/\(scope)/a/publish")
            #expect(answer.status == 400, "\(scope)")
            #expect((answer.json["detail"] as? String)?.contains("is reserved") == true)
        }
    }

    @Test("a group that left the spec keeps its provisions, which can be deleted")
    func orphans() async throws {
        let api = try await TestAPI()
        api.live.provisions.replace(with: [Provision(group: "old", guid: "live/a", streams: [.init(guid: "live/a")])])
        let root = "/as/v1/streams/provision/old"
        #expect(try await api.ask(.get, root).list.count == 1)
        #expect(try await api.ask(.post, root, body: Self.named("live/b")).status == 404)
        #expect(try await api.ask(.delete, root + "/live/a").status == 200)
        #expect(try await api.ask(.get, root).status == 404)
    }

    // MARK: - At the media node

    struct Caller: CustomTestStringConvertible {
        var testDescription: String { arguments }
        var arguments: String
        var status: Int
    }

    @Test(
        "a media node's publisher needs what the provision says, in the arguments of its URL",
        arguments: [
            Caller(arguments: "", status: 403), Caller(arguments: "&username=ann&password=s3cret", status: 200),
            Caller(arguments: "&username=ann&password=guess", status: 403),
            Caller(arguments: "&username=ann&password=guess&password=s3cret", status: 403),
            Caller(arguments: "&token=s3cret", status: 403), Caller(arguments: "&password=s3cret", status: 403),
            Caller(arguments: "&username=ann&password=%ff", status: 400),
        ])
    func callbacks(_ caller: Caller) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.post, Self.path, body: Self.ladder).status == 201)
        let path = "/as/v1/nodes/origin-1/callbacks/nginx-rtmp"
        for name in ["match", "match_1"] {
            let form = "app=live&flashver=&tcurl=rtmp://h/live&addr=1.2.3.4&call=publish&name=\(name)&type=live"
            let answer = await api.ask(.post, path, node: "origin-1", body: form + caller.arguments)
            #expect(answer.status == caller.status)
            if caller.status != 400 { #expect(answer.header("X-Publisher-Guarded") == "true") }
            for secret in ["guess", "s3cret"] { #expect(!answer.text.contains(secret)) }
            #expect(
                (api.live.streams.entry(StreamKey(scope: "live", name: name))?.live != nil) == (caller.status == 200))
        }
        // Another stream needs nothing, and an edge that pulls brings nothing.
        let other = await api.ask(.post, path, node: "origin-1", body: "call=publish&app=live&name=other")
        #expect(other.status == 200 && other.header("X-Publisher-Guarded") == nil)
        let pull = "call=publish&app=&flashver=ngx-local-relay&name=match"
        #expect(await api.ask(.post, path, node: "origin-1", body: pull).status == 200)
    }
}
