import Crypto
import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Tokens")
struct TokenTests {
    /// A token of any header and claims, signed by our own key unless told otherwise.
    private func forge(
        header: String? = nil, claims: String, key: RSAPrivateKey? = nil, signature: [UInt8]? = nil
    ) throws -> String {
        let own = try TestAPI.key.get()
        let header = header ?? #"{"alg":"RS256","typ":"JWT","kid":"\#(own.publicKey.keyID)"}"#
        let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(claims.utf8))"
        let made = try signature ?? (key ?? own).sign(Array(signed.utf8))
        return "\(signed).\(Base64URL.encode(made))"
    }

    /// Seconds since 1970 of the tests' clock.
    private static let now = 1_795_348_800
    private static let good =
        #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["admin"],"sid":"YWRtaW4teA","iat":1795348800,"exp":1795352400}"#

    private func refusal(_ api: TestAPI, _ token: String) async throws -> String? {
        // The session that the forged tokens name is there: only their flaws keep them out.
        _ = try api.token(.admin, subject: "x")
        let answer = await api.handler.respond(
            to: HTTPRequest(.get, "/as/v1/plan", headers: [("Authorization", "Bearer \(token)")]))
        if answer.status == 200 { return nil }
        #expect(answer.status == 401)
        #expect(answer.header("WWW-Authenticate") == "Bearer realm=\"smreconcile\"")
        return answer.json["detail"] as? String
    }

    @Test("a token of ours is good, also the second time, until it expires")
    func lifetime() async throws {
        let api = try await TestAPI()
        let token = try api.token(.viewer, subject: "x", lifetime: .seconds(60))
        #expect(try await refusal(api, token) == nil)
        #expect(try await refusal(api, token) == nil)
        api.time.advance(by: .seconds(59))
        #expect(try await refusal(api, token) == nil)
        api.time.advance(by: .seconds(1))
        #expect(try await refusal(api, token) == "the token has expired; log in again")
    }

    struct Attack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let header: String?
        let claims: String
        let reason: String
        init(_ name: String, header: String? = nil, claims: String = TokenTests.good, _ reason: String) {
            testDescription = name
            self.header = header
            self.claims = claims
            self.reason = reason
        }
    }

    private static let ended = "the session has ended; log in again"
    private static let bringsKey = "the token brings a key of its own, which is not looked at"

    /// A header with our own key and something more.
    private static func header(_ more: String) -> String {
        let id = (try? TestAPI.key.get().publicKey.keyID) ?? ""
        return #"{"alg":"RS256","kid":"\#(id)",\#(more)}"#
    }

    private static func claims(_ changes: String) -> String {
        good.dropLast() + "," + changes + "}"
    }

    @Test(
        "a token with any flaw is refused, though its signature is good",
        arguments: [
            Attack("none", header: #"{"alg":"none"}"#, "the token is not signed by RS256"),
            Attack("None", header: #"{"alg":"None","kid":"x"}"#, "the token is not signed by RS256"),
            Attack("lower case", header: #"{"alg":"rs256"}"#, "the token is not signed by RS256"),
            Attack("no kid", header: #"{"alg":"RS256"}"#, "the token's key is not ours"),
            Attack("another kid", header: #"{"alg":"RS256","kid":"../../dev/null"}"#, "the token's key is not ours"),
            Attack("two algorithms", header: #"{"alg":"none","alg":"RS256"}"#, "the token's header does not read"),
            Attack("another type", header: header(#""typ":"ticket+jwt""#), "the token is of another type than JWT"),
            Attack("jku", header: header(#""jku":"https://evil/k""#), bringsKey),
            Attack("jwk", header: header(#""jwk":{"kty":"oct","k":"AA"}"#), bringsKey),
            Attack("x5u", header: header(#""x5u":"https://evil/c""#), bringsKey),
            Attack("x5c", header: header(#""x5c":["AA"]"#), bringsKey),
            Attack("two kids", header: header(#""kid":"x""#), "the token's header does not read"),
            Attack(
                "no session", claims: good.replacing(#""sid":"YWRtaW4teA","#, with: ""),
                "the token's key signs no such tokens"),
            Attack("a session of nobody", claims: good.replacing("YWRtaW4teA", with: "bm9ib2R5"), ended),
            Attack("another's session", claims: good.replacing(#""sub":"x""#, with: #""sub":"y""#), ended),
            Attack("more than the session's role", claims: good.replacing("admin", with: "operator"), ended),
            Attack(
                "two roles", claims: good.replacing(#"["admin"]"#, with: #"["admin","node"]"#),
                "the token names no known role"),
            Attack(
                "a node by the key of users", claims: good.replacing("admin", with: "node"),
                "the token's key signs no such tokens"),
            Attack("two roles claims", claims: claims(#""roles":["node"]"#), "the token's claims do not read"),
            Attack("no JSON", claims: "admin", "the token's claims do not read"),
            Attack("empty", claims: "{}", "the token was not made for this service"),
            Attack(
                "wrong audience",
                claims: #"{"iss":"smreconcile","sub":"x","aud":"other","roles":["admin"],"iat":1,"exp":1795352400}"#,
                "the token was not made for this service"),
            Attack(
                "wrong issuer",
                claims: #"{"iss":"x","sub":"x","aud":"smreconcile","roles":["admin"],"iat":1,"exp":1795352400}"#,
                "the token was not made for this service"),
            Attack(
                "expired",
                claims:
                    #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["admin"],"iat":1,"exp":1795348800}"#,
                "the token has expired; log in again"),
            Attack(
                "without end",
                claims: #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["admin"],"iat":1}"#,
                "the token has no expiry"),
            Attack(
                "endless",
                claims: #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["admin"],"iat":1,"exp":1e300}"#,
                "the token has no expiry"),
            Attack(
                "issued in the future",
                claims:
                    #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["admin"],"iat":1795348861,"exp":1795352400}"#,
                "the token is not valid yet"),
            Attack("not before", claims: claims(#""nbf":1795348861"#), "the token is not valid yet"),
            Attack(
                "unknown role",
                claims:
                    #"{"iss":"smreconcile","sub":"x","aud":"smreconcile","roles":["root"],"iat":1,"exp":1795352400}"#,
                "the token names no known role"),
        ])
    func flaws(_ attack: Attack) async throws {
        let api = try await TestAPI()
        #expect(try await refusal(api, try forge(header: attack.header, claims: attack.claims)) == attack.reason)
    }

    @Test("critical extensions are refused")
    func critical() async throws {
        let api = try await TestAPI()
        let id = try TestAPI.key.get().publicKey.keyID
        let token = try forge(header: #"{"alg":"RS256","kid":"\#(id)","crit":["exp"]}"#, claims: Self.good)
        #expect(try await refusal(api, token) == "the token has extensions that are not supported")
    }

    @Test("a token signed by HMAC with the public key as the secret is refused")
    func algorithmConfusion() async throws {
        let api = try await TestAPI()
        let key = try TestAPI.key.get().publicKey
        for secret in [key.modulus, KeySet.json([key], [])] {
            let header = #"{"alg":"HS256","typ":"JWT","kid":"\#(key.keyID)"}"#
            let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(Self.good.utf8))"
            let signature = Digest.hmacSHA256(key: secret, message: Array(signed.utf8))
            let token = "\(signed).\(Base64URL.encode(signature))"
            #expect(try await refusal(api, token) == "the token is not signed by RS256")
        }
    }

    @Test("a key verifies its own kind of tokens alone: not a node's a user's, nor a ticket's any")
    func otherKeys() async throws {
        let api = try await TestAPI()
        let node = try TestAPI.nodeKey.get()
        let header = #"{"alg":"RS256","kid":"\#(node.publicKey.keyID)"}"#
        #expect(
            try await refusal(api, try forge(header: header, claims: Self.good, key: node))
                == "the token's key signs no such tokens")
        let ticket = #"{"alg":"RS256","kid":"\#(api.tickets.publicKey.keyID)"}"#
        #expect(try await refusal(api, try forge(header: ticket, claims: Self.good)) == "the token's key is not ours")
    }

    @Test("a node's credential is the same each time, and another one for each node")
    func nodeCredentials() async throws {
        let api = try await TestAPI()
        let asked = api.time.now()
        let first = api.tokens.nodeCredential(for: "edge-1", requestedAt: asked)
        api.time.advance(by: .seconds(86_400))
        #expect(api.tokens.nodeCredential(for: "edge-1", requestedAt: asked) == first)
        #expect(api.tokens.nodeCredential(for: "edge-2", requestedAt: asked) != first)
    }

    @Test("a token by another key, or changed after signing, is refused")
    func signatures() async throws {
        let api = try await TestAPI()
        let stranger = try RSAPrivateKey.generate()
        #expect(
            try await refusal(api, try forge(claims: Self.good, key: stranger)) == "the token's signature is not ours")
        #expect(
            try await refusal(api, try forge(claims: Self.good, signature: [])) == "the token's signature is not ours")
        let viewer = try api.token(.viewer, subject: "x", lifetime: .seconds(60))
        #expect(try await refusal(api, viewer) == nil)
        let parts = viewer.split(separator: ".")
        let changed = "\(parts[0]).\(Base64URL.encode(Self.good.utf8)).\(parts[2])"
        #expect(try await refusal(api, changed) == "the token's signature is not ours")
    }

    @Test("a text that is no token is refused, however it is broken")
    func garbage() async throws {
        let api = try await TestAPI()
        let token = try api.token(.viewer, subject: "x", lifetime: .seconds(60))
        for text in ["", ".", "..", "a.b.c", token + ".", token + "=", String(token.dropLast(5)), " \(token)", "é.é.é"]
        {
            #expect(try await refusal(api, text) != nil, "'\(text)'")
        }
        // Cut at every place.
        for count in stride(from: 1, to: token.count, by: 37) {
            #expect(try await refusal(api, String(token.prefix(count))) != nil)
        }
        let long = String(repeating: "a", count: 10_240)
        #expect(try await refusal(api, long) == "the token is longer than 8192 bytes")
    }

    @Test("two of our tokens never stand for one another in the cache")
    func cache() async throws {
        let api = try await TestAPI()
        for round in 0..<200 {
            let name = "user-\(round)"
            let token = Array(try api.token(.app, subject: name, lifetime: .seconds(60)).utf8)
            for _ in 0..<2 {
                let session = Principal.Credential.session(Base64URL.encode("app-\(name)".utf8))
                #expect(
                    api.tokens.verify(token[...], at: api.time.now())
                        == .valid(Principal(subject: name, roles: .app, credential: session)))
            }
        }
    }

    @Test("the key set shows the public keys alone")
    func keySet() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, "/.well-known/jwks.json", as: nil)
        #expect(answer.status == 200)
        let keys = try #require(answer.json["keys"] as? [[String: Any]])
        #expect(answer.header("Cache-Control") == "max-age=300")
        #expect(keys.count == 2)
        #expect(Set(keys[0].keys) == ["kty", "use", "alg", "kid", "n", "e"])
        #expect(keys[0]["kid"] as? String == (try TestAPI.key.get().publicKey.keyID))
        #expect(Set(keys[1].keys) == ["kty", "use", "alg", "kid", "crv", "x", "y"])
        #expect(keys[1]["kid"] as? String == api.tickets.publicKey.keyID)
    }

    @Test("the keys survive a restart, and the single key of an earlier version goes on as that of nodes")
    func restart() async throws {
        let store = MemoryStore()
        let time = ManualTime()
        let single = try TestAPI.key.get()
        try await store.setValue(Data(single.pem.utf8), for: "signing-key")
        let first = TokenAuthority(book: try await IdentityBook.open(store, values: store, time: time))
        let token = first.nodeCredential(for: "edge-1", requestedAt: time.now())
        #expect(first.publicKeys.map(\.keyID) != [single.publicKey.keyID])
        #expect(try await store.value("signing-key") == Data())
        let second = TokenAuthority(book: try await IdentityBook.open(store, values: store, time: time))
        #expect(second.publicKeys.map(\.keyID) == first.publicKeys.map(\.keyID))
        let want = TokenVerdict.valid(Principal(subject: "edge-1", roles: .node, credential: .node))
        #expect(second.verify(Array(token.utf8)[...], at: time.now()) == want)
        // As the earlier version made it.
        let claims =
            #"{"iss":"smreconcile","sub":"edge-1","aud":"smreconcile","roles":["node"],"iat":1,"exp":1999999999,"jti":"x"}"#
        let old = Array(try forge(claims: claims).utf8)
        #expect(second.verify(old[...], at: time.now()) == want)
    }
}
