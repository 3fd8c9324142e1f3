import Crypto
import Reconciler
import Testing

@testable import APIServer

/// What the tests of tickets have in common.
enum Tickets {
    static let stream = StreamKey(scope: "live", name: "a")
    static let publish = TicketGrant(.publish, stream, at: "origin-1")
    static let now = Timestamp(milliseconds: 1_795_348_800_000)
    static let key = Result { try P256PrivateKey.generate() }
    static let header = #"{"alg":"ES256","kid":"KID","typ":"ticket+jwt"}"#
    static let claims =
        #"{"iss":"smreconcile","aud":"smreconcile-media","sub":"alice","scope":"live","name":"a","action":"publish","#
        + #""node":"origin-1","iat":1795348800,"exp":1795348860}"#

    /// A token of any header and claims, signed by our own key unless told otherwise. `KID` stands for its id.
    static func forge(
        header: String = header, claims: String = claims, key: P256PrivateKey? = nil, signature: [UInt8]? = nil
    ) throws -> String {
        let own = try Self.key.get()
        let head = header.replacing("KID", with: own.publicKey.keyID)
        let signed = "\(Base64URL.encode(head.utf8)).\(Base64URL.encode(claims.utf8))"
        return "\(signed).\(Base64URL.encode(try signature ?? (key ?? own).sign(Array(signed.utf8))))"
    }

    /// The arguments of a URL as what a media server hands on.
    static func shown(_ arguments: String) throws(Problem) -> PresentedTicket {
        try PresentedTicket(FormFields(Array(arguments.utf8)[...]))
    }
}

@Suite("Tickets")
struct TicketTests {
    private func verifier() throws -> TicketVerifier { TicketVerifier(keys: [try Tickets.key.get().publicKey]) }

    private func verdict(_ ticket: String?, client: String? = nil) throws -> TicketVerdict {
        try verifier().verify(
            PresentedTicket(ticket: ticket, client: client), for: [.publish], Tickets.stream, at: "origin-1",
            now: Tickets.now)
    }

    @Test("a ticket of ours is good in both forms until it expires, for its action, stream, node and client alone")
    func lifetime() throws {
        let authority = TicketAuthority(key: try Tickets.key.get())
        let until = TicketAuthority.expiry(.seconds(60), from: Tickets.now + .milliseconds(999))
        #expect(until == Tickets.now + .seconds(60))
        let token = try authority.token(Tickets.publish, client: "al ice", at: Tickets.now, until: until)
        let arguments = try authority.arguments(Tickets.publish, client: "al ice", until: until)
        #expect(arguments.hasPrefix("client=al%20ice&ticket=1795348860."))
        for shown in [PresentedTicket(ticket: token), try Tickets.shown(arguments)] {
            func verdict(
                _ actions: [TicketGrant.Action] = [.publish], _ stream: StreamKey = Tickets.stream,
                _ node: NodeID = "origin-1", after time: Duration = .zero
            ) -> TicketVerdict {
                authority.verifier.verify(shown, for: actions, stream, at: node, now: Tickets.now + time)
            }
            #expect(verdict() == .valid(client: "al ice"))
            #expect(verdict(after: .milliseconds(59_999)) == .valid(client: "al ice"))
            #expect(
                verdict(after: .seconds(60)) == .refused("the ticket has expired; ask the manager for a new one"))
            #expect(verdict([.subscribe, .publish]) == .valid(client: "al ice"))
            let others = [
                verdict([.subscribe, .pull]), verdict([.publish], StreamKey(scope: "live", name: "b")),
                verdict([.publish], StreamKey(scope: "other", name: "a")),
                verdict([.publish], Tickets.stream, "origin-2"),
            ]
            for other in others {
                guard case .refused(let why) = other else {
                    Issue.record("a ticket for something else was taken")
                    continue
                }
                #expect(!why.contains("origin-1"), "the words give away whom it was for: \(why)")
            }
        }
    }

    struct Attack: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var header = Tickets.header
        var claims = Tickets.claims
        let reason: String
    }

    private static func changed(_ old: String, _ new: String) -> String { Tickets.claims.replacing(old, with: new) }

    private static let attacks: [Attack] = [
        Attack(
            testDescription: "alg none", header: #"{"alg":"none","typ":"ticket+jwt"}"#,
            reason: "the ticket is not signed by ES256"),
        Attack(
            testDescription: "alg HS256", header: #"{"alg":"HS256","kid":"KID","typ":"ticket+jwt"}"#,
            reason: "the ticket is not signed by ES256"),
        Attack(
            testDescription: "alg RS256", header: #"{"alg":"RS256","kid":"KID","typ":"ticket+jwt"}"#,
            reason: "the ticket is not signed by ES256"),
        Attack(
            testDescription: "another type", header: #"{"alg":"ES256","kid":"KID","typ":"JWT"}"#,
            reason: "the token is no ticket"),
        Attack(
            testDescription: "another key id", header: #"{"alg":"ES256","kid":"x","typ":"ticket+jwt"}"#,
            reason: "the ticket's key is not ours"),
        Attack(
            testDescription: "no key id", header: #"{"alg":"ES256","typ":"ticket+jwt"}"#,
            reason: "the ticket's key is not ours"),
        Attack(
            testDescription: "a key in the header",
            header: #"{"alg":"ES256","typ":"ticket+jwt","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#,
            reason: "the ticket's key is not ours"),
        Attack(
            testDescription: "critical extensions",
            header: #"{"alg":"ES256","kid":"KID","typ":"ticket+jwt","crit":["exp"]}"#,
            reason: "the ticket has extensions that are not supported"),
        Attack(
            testDescription: "alg twice", header: #"{"alg":"none","alg":"ES256","kid":"KID","typ":"ticket+jwt"}"#,
            reason: "the ticket is no JSON Web Token; it may have been cut short"),
        Attack(
            testDescription: "the audience of the API", claims: changed("smreconcile-media", "smreconcile"),
            reason: "the ticket was not made for media nodes"),
        Attack(
            testDescription: "another issuer", claims: changed(#""iss":"smreconcile""#, #""iss":"other""#),
            reason: "the ticket was not made for media nodes"),
        Attack(
            testDescription: "expired", claims: changed("1795348860", "1795348800"),
            reason: "the ticket has expired; ask the manager for a new one"),
        Attack(
            testDescription: "no expiry", claims: changed(#","exp":1795348860"#, ""), reason: "the ticket has no expiry"
        ),
        Attack(
            testDescription: "an absurd expiry", claims: changed("1795348860", "1e300"),
            reason: "the ticket has no expiry"),
        Attack(
            testDescription: "made in the future", claims: changed(#""iat":1795348800"#, #""iat":1795348861"#),
            reason: "the ticket is not valid yet"),
        Attack(
            testDescription: "not valid before", claims: changed(#""iat":1"#, #""nbf":1795348861,"iat":1"#),
            reason: "the ticket is not valid yet"),
        Attack(
            testDescription: "another action", claims: changed(#""action":"publish""#, #""action":"subscribe""#),
            reason: "the ticket is for something else than to publish"),
        Attack(
            testDescription: "another stream", claims: changed(#""name":"a""#, #""name":"b""#),
            reason: "the ticket is for another stream than 'live/a'"),
        Attack(
            testDescription: "another scope", claims: changed(#""scope":"live""#, #""scope":"x""#),
            reason: "the ticket is for another stream than 'live/a'"),
        Attack(
            testDescription: "another node", claims: changed("origin-1", "origin-2"),
            reason: "the ticket to publish is for another node than 'origin-1'"),
        Attack(testDescription: "no client", claims: changed("alice", ""), reason: "the ticket names no client"),
        Attack(
            testDescription: "a claim twice", claims: changed(#""node""#, #""node":"origin-2","node""#),
            reason: "the ticket's claims do not read"),
        Attack(testDescription: "no JSON", claims: "x", reason: "the ticket's claims do not read"),
    ]

    @Test("what only looks like a ticket is refused, and says why", arguments: attacks)
    func attack(_ attack: Attack) throws {
        #expect(
            try verdict(Tickets.forge(header: attack.header, claims: attack.claims)) == .refused(attack.reason))
    }

    @Test("the forger's ground is sound: the same without a change is good")
    func sound() throws { #expect(try verdict(Tickets.forge()) == .valid(client: "alice")) }

    @Test("signatures of other keys, of another length and of a tampered text are refused")
    func signatures() throws {
        let other = try P256PrivateKey.generate()
        let wrong = TicketVerdict.refused("the ticket's signature is not ours")
        #expect(try verdict(Tickets.forge(key: other)) == wrong)
        for signature in [
            [], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 1, count: 63), [0x30, 6, 2, 1, 1, 2, 1, 1],
        ] {
            #expect(try verdict(Tickets.forge(signature: signature)) == wrong)
        }
        let parts = try Tickets.forge().split(separator: ".")
        let claims = Base64URL.encode(Tickets.claims.replacing("alice", with: "mallo").utf8)
        #expect(try verdict("\(parts[0]).\(claims).\(parts[2])") == wrong)
    }

    @Test("the short form in all its spellings but one is refused, and so are cut and oversized tickets")
    func shortForm() throws {
        let authority = TicketAuthority(key: try Tickets.key.get())
        let until = Tickets.now + .seconds(60)
        let shown = try Tickets.shown(try authority.arguments(Tickets.publish, client: "alice", until: until))
        let ticket = try #require(shown.ticket)
        #expect(try verdict(ticket, client: "alice") == .valid(client: "alice"))
        #expect(
            try verdict(ticket) == .refused("the ticket needs the argument 'client' that it was made with"))
        let tampered = "the ticket was made for another action, stream, node or client, or its signature is not ours"
        #expect(try verdict(ticket, client: "bob") == .refused(tampered))
        #expect(try verdict(ticket.replacing("1795348860", with: "1795348861"), client: "alice") == .refused(tampered))
        for spelling in ["+1795348860", "01795348860", "1795348860.0", "1e9", "", "-1", "99999999999999999999"] {
            let other = ticket.replacing("1795348860", with: spelling)
            guard case .refused = try verdict(other, client: "alice") else {
                Issue.record("'\(other)' was taken")
                continue
            }
        }
        let token = try Tickets.forge()
        for count in stride(from: 0, to: token.utf8.count - 1, by: 7) {
            guard case .refused = try verdict(String(token.prefix(count)), client: "alice") else {
                Issue.record("\(count) bytes of a ticket were taken")
                continue
            }
        }
        #expect(
            try verdict(String(repeating: "a", count: 2049)) == .refused("the ticket is longer than 2048 bytes"))
        #expect(
            try verdict(nil) == .refused("a ticket is needed to publish 'live/a' here; the manager's answer has one"))
        #expect(try verdict("é.é") == .refused("the ticket is none of ours; it may have been cut short"))
    }

    @Test("a line break in a name cannot make two grants look the same in the short form")
    func injection() {
        // Names with control characters never get this far; these are the only bytes that could do it.
        #expect(!StreamName.isValid("a\norigin-1") && !StreamName.isValidScope("a\nb") && !TicketClient.isValid("a\nb"))
        #expect(!TicketClient.isValid("") && !TicketClient.isValid(String(repeating: "x", count: 129)))
    }

    @Test("a ticket does not open the API, and a token of the API is no ticket")
    func separation() async throws {
        let api = try await TestAPI()
        let until = api.time.now() + .seconds(60)
        let ticket = try api.tickets.token(Tickets.publish, client: "admin", at: api.time.now(), until: until)
        let answer = await api.handler.respond(
            to: HTTPRequest(.get, "/as/v1/nodes", headers: [("Authorization", "Bearer \(ticket)")]))
        #expect(answer.status == 401)
        #expect(answer.json["detail"] as? String == "the token is not signed by RS256")
        for role in Role.allCases {
            let token = try api.token(role, subject: "origin-1")
            #expect(
                api.tickets.verifier.verify(
                    PresentedTicket(ticket: token), for: [.publish], Tickets.stream, at: "origin-1",
                    now: api.time.now()) == .refused("the ticket is not signed by ES256"))
        }
    }

    @Test("the key survives a restart, and the published set alone is enough to verify by it")
    func keys() async throws {
        let store = MemoryStore()
        let first = try await TicketAuthority.load(from: store)
        let second = try await TicketAuthority.load(from: store)
        #expect(first.publicKey.keyID == second.publicKey.keyID)
        let set = KeySet.json([try TestAPI.key.get().publicKey], [second.publicKey])
        let keys = try KeySet.ticketKeys(in: set)
        #expect(keys.map(\.keyID) == [first.publicKey.keyID])
        let token = try first.token(
            Tickets.publish, client: "alice", at: Tickets.now, until: Tickets.now + .seconds(60))
        #expect(
            TicketVerifier(keys: keys).verify(
                PresentedTicket(ticket: token), for: [.publish], Tickets.stream, at: "origin-1", now: Tickets.now)
                == .valid(client: "alice"))
        let bad = [
            "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","x":"AA","y":"AA"}]}"#,
            String(decoding: KeySet.json([try TestAPI.key.get().publicKey], []), as: UTF8.self),
        ]
        for text in bad { #expect(throws: JSONFault.self) { try KeySet.ticketKeys(in: Array(text.utf8)) } }
    }
}
