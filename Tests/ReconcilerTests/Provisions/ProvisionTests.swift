import Testing

@testable import Reconciler

@Suite struct ProvisionTests {
    private static func provision(
        _ guid: String, streams: [String] = ["live/a"], group: String = "live",
        _ change: (inout Provision) -> Void = { _ in }
    ) -> Provision {
        var provision = Provision(group: group, guid: guid, streams: streams.map { .init(guid: $0) })
        change(&provision)
        return provision
    }

    // MARK: - What is needed to publish

    struct Proof: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var proof: PublishSecret.Proof
        var named: Bool
        var token: Bool
    }

    @Test(arguments: [
        Proof(testDescription: "nothing", proof: .init(), named: false, token: false),
        Proof(
            testDescription: "name and password", proof: .init(username: "ann", password: "s3cret"), named: true,
            token: false),
        Proof(testDescription: "the token", proof: .init(token: "s3cret"), named: false, token: true),
        Proof(
            testDescription: "the password of another", proof: .init(username: "bob", password: "s3cret"), named: false,
            token: false),
        Proof(
            testDescription: "a wrong password", proof: .init(username: "ann", password: "s3cret "), named: false,
            token: false),
        Proof(
            testDescription: "a password without a name", proof: .init(password: "s3cret"), named: false, token: false),
        Proof(testDescription: "a name without a password", proof: .init(username: "ann"), named: false, token: false),
        Proof(testDescription: "an empty token", proof: .init(token: ""), named: false, token: false),
        Proof(
            testDescription: "all of them", proof: .init(username: "ann", password: "s3cret", token: "s3cret"),
            named: true,
            token: true),
    ])
    func `a secret is proven by itself alone`(_ row: Proof) {
        let salt = [UInt8](repeating: 7, count: PublishSecret.saltCount)
        #expect(PublishSecret(username: "ann", secret: "s3cret", salt: salt).isProven(by: row.proof) == row.named)
        #expect(PublishSecret(username: nil, secret: "s3cret", salt: salt).isProven(by: row.proof) == row.token)
    }

    @Test func `the same secret under another salt is another digest`() {
        let one = PublishSecret(username: "ann", secret: "s3cret", salt: [1])
        #expect(one != PublishSecret(username: "ann", secret: "s3cret", salt: [2]))
        #expect(!"\(one)".contains("s3cret"))
    }

    // MARK: - What its nodes must be capable of

    struct Wanted: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var field: [Capability]?
        var details: String?
        var asked: Set<Capability>?
        var transcode: Bool?
        var want: Set<Capability>
    }

    @Test(arguments: [
        Wanted(testDescription: "nothing said", want: []),
        Wanted(testDescription: "video parameters imply it", details: "videoParams", want: [.transcode]),
        Wanted(
            testDescription: "a camera implies publishing, which goes without saying", details: "camParams", want: []),
        Wanted(testDescription: "the field stands above what is implied", field: [], details: "videoParams", want: []),
        Wanted(testDescription: "the field", field: [.transcode, .publish], want: [.transcode]),
        Wanted(testDescription: "the query above the field", field: [.transcode], asked: [.relay], want: [.relay]),
        Wanted(testDescription: "transcode=false", details: "videoParams", transcode: false, want: []),
        Wanted(
            testDescription: "transcode=true beside others", asked: [.relay], transcode: true,
            want: [.relay, .transcode]),
    ])
    func `capabilities come from the query, else the field, else the streams`(_ row: Wanted) {
        let provision = Self.provision("live/p") {
            $0.capabilities = row.field
            if let details = row.details { $0.streams[0].details = [details: "{}"] }
        }
        var placement = ProvisionPlacement()
        placement.capabilities = row.asked
        placement.transcode = row.transcode
        #expect(placement.wanted(for: provision) == row.want)
    }

    @Test func `what was said at the distribution stands above the provision, and below the next word`() {
        let provision = Self.provision("live/p") {
            $0.capabilities = [.transcode]
            $0.distribution = .init(nodes: ["o"], at: noon, capabilities: [.relay])
        }
        #expect(provision.wantedCapabilities == [.relay])
        var placement = ProvisionPlacement()
        placement.transcode = true
        #expect(placement.wanted(for: provision) == [.relay, .transcode])
    }

    // MARK: - Names

    @Test func `a stream is found by every name that it may have`() {
        #expect(StreamKey.all(of: "live/a").map(\.description) == ["live/a"])
        #expect(
            StreamKey.all(of: "live/sub/a") == [
                StreamKey(scope: "live", name: "sub/a"), StreamKey(scope: "live/sub", name: "a"),
            ])
        #expect(StreamKey.all(of: "é/ü").map(\.name) == ["ü"])
        for none in ["", "live", "/a", "live/"] { #expect(StreamKey.all(of: none).isEmpty, "\(none)") }
    }

    @Test func `a table finds provisions by their own names and by their streams', per group`() {
        var table = ProvisionTable([
            Self.provision("live/p", streams: ["live/p", "live/b"]), Self.provision("live/p", group: "vod"),
        ])
        #expect(Set(table.naming("live/p").map(\.provision.group)) == ["live", "vod"])
        #expect(
            table.naming("live/b", in: "live")?.provision.guid == "live/p" && table.naming("live/b", in: "vod") == nil)
        #expect(table.count(of: "live") == 1 && table.count(of: "none") == 0)
        // Another one in its place: what it spoke of is forgotten.
        table.set(Self.provision("live/p", streams: ["live/c"]))
        #expect(table.naming("live/b").isEmpty && table.naming("live/c").count == 1 && table.count(of: "live") == 1)
        table.remove(.init(group: "live", guid: "live/p"))
        table.remove(.init(group: "live", guid: "live/p"))
        #expect(table.naming("live/c").isEmpty && table.count(of: "live") == 0 && !table.isEmpty)
        table.remove(.init(group: "vod", guid: "live/p"))
        #expect(table.isEmpty)
    }

    struct Taken: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var new: Provision
        var replacing = false
        var conflict: String?
    }

    @Test(arguments: [
        Taken(testDescription: "a new one", new: provision("live/q", streams: ["live/b"])),
        Taken(testDescription: "the same in another group", new: provision("live/p", group: "vod")),
        Taken(
            testDescription: "the same name", new: provision("live/p", streams: ["live/b"]),
            conflict: "there is a provision 'live/p' in node group 'live' already; change it with PUT"),
        Taken(testDescription: "the same in its place", new: provision("live/p"), replacing: true),
        Taken(
            testDescription: "a stream of another", new: provision("live/q", streams: ["live/b", "live/a"]),
            conflict: "'live/a' belongs to the provision 'live/p' already; a stream has one provision"),
        Taken(
            testDescription: "the name of another as a stream", new: provision("live/q", streams: ["live/p"]),
            replacing: true,
            conflict: "'live/p' belongs to the provision 'live/p' already; a stream has one provision"),
        Taken(
            testDescription: "a stream of another as the name", new: provision("live/a", streams: ["live/b"]),
            conflict: "'live/a' belongs to the provision 'live/p' already; a stream has one provision"),
    ])
    func `a name is taken once in a group`(_ row: Taken) {
        let table = ProvisionTable([Self.provision("live/p", streams: ["live/a"])])
        #expect(table.conflict([row.new], replacing: row.replacing) == row.conflict)
    }

    /// Any order of changes leaves the table as if it were made of what is left.
    @Test func `a table that was changed is as one made anew`() {
        let seed = SpecFuzzTests.seed
        var random = SeededRandom(seed: seed)
        var table = ProvisionTable()
        var left: [Provision.Key: Provision] = [:]
        for _ in 0..<2000 {
            let number = Int.random(in: 0..<12, using: &random)
            let group = Bool.random(using: &random) ? "live" : "vod"
            let streams = (0..<Int.random(in: 1...3, using: &random)).map { "live/p\(number)_\($0)" }
            let provision = Self.provision("live/p\(number)", streams: streams, group: group)
            if Bool.random(using: &random) {
                table.set(provision)
                left[provision.key] = provision
            } else {
                table.remove(provision.key)
                left[provision.key] = nil
            }
            let fresh = ProvisionTable(left.values)
            for group in ["live", "vod"] {
                guard table.provisions(of: group) == fresh.provisions(of: group),
                    table.count(of: group) == fresh.count(of: group)
                else { Issue.record("SEED=\(seed)"); return }
            }
            for guid in ["live/p\(number)", "live/p\(number)_0", "live/p\(number)_2"] {
                guard Set(table.naming(guid).map(\.provision.key)) == Set(fresh.naming(guid).map(\.provision.key))
                else {
                    Issue.record("SEED=\(seed), \(guid)")
                    return
                }
            }
        }
    }
}
