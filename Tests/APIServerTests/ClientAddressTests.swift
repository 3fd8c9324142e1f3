import Reconciler
import Testing

@testable import APIServer

/// Who asks, through honest proxies and by clients that lie.
@Suite("Client addresses")
struct ClientAddressTests {
    static let trusted = AddressSet(["10.0.0.0/8", "fd00::/8", "192.0.2.7"].compactMap { AddressBlock($0) })

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var peer = "10.0.0.1"
        var fields: [(String, String)] = []
        var want: String?

        init(_ name: String, peer: String = "10.0.0.1", _ fields: [(String, String)], _ want: String?) {
            testDescription = name
            self.peer = peer
            self.fields = fields
            self.want = want
        }
    }

    private static func listed(_ values: String...) -> [(String, String)] { values.map { ("X-Forwarded-For", $0) } }
    private static func standard(_ values: String...) -> [(String, String)] { values.map { ("Forwarded", $0) } }
    private static let long = String(repeating: "10.0.0.9, ", count: 40)

    static let listedCases = [
        Case("no proxy at all", peer: "203.0.113.9", [], "203.0.113.9"),
        Case("a client that lies", peer: "203.0.113.9", listed("198.51.100.1"), "203.0.113.9"),
        Case(
            "a client that claims to be a proxy", peer: "203.0.113.9", listed("198.51.100.1, 10.0.0.1"), "203.0.113.9"),
        Case("a neighbour of a trusted proxy", peer: "192.0.2.8", listed("198.51.100.1"), "192.0.2.8"),
        Case("a trusted proxy", listed("198.51.100.1"), "198.51.100.1"),
        Case("a trusted proxy that says nothing", [], "10.0.0.1"),
        Case("a trusted proxy of IPv6", peer: "fd00::9", listed("2001:db8::5"), "2001:db8::5"),
        Case(
            "a trusted proxy whose address came mapped", peer: "::ffff:10.0.0.1", listed("198.51.100.1"), "198.51.100.1"
        ),
        Case("two trusted proxies", listed("198.51.100.1, 10.9.9.9"), "198.51.100.1"),
        Case(
            "what the client wrote in front is not reached", listed("1.1.1.1, 198.51.100.1, 10.9.9.9"), "198.51.100.1"),
        Case("nor is nonsense there", listed("zzz, ,;\"=, 198.51.100.1"), "198.51.100.1"),
        Case("nor is another field", listed("1.1.1.1", "198.51.100.1"), "198.51.100.1"),
        Case("fields go on in each other", listed("198.51.100.1", "10.2.2.2", "10.3.3.3"), "198.51.100.1"),
        Case("an untrusted proxy in between ends it", listed("1.1.1.1, 203.0.113.5, 10.9.9.9"), "203.0.113.5"),
        Case("all are trusted", listed("10.1.1.1, 10.2.2.2"), "10.1.1.1"),
        Case("with a port", listed("198.51.100.1:4711"), "198.51.100.1"),
        Case("IPv6 with a port", listed("[2001:db8::5]:4711"), "2001:db8::5"),
        Case("IPv6 in brackets", listed("[2001:db8::5]"), "2001:db8::5"),
        Case("mapped", listed("::ffff:198.51.100.1"), "198.51.100.1"),
        Case("with a zone", listed("fe80::1%eth0"), "fe80::1"),
        Case("spaces and empty elements", listed("  ,\t198.51.100.1 , ,"), "198.51.100.1"),
        Case("unknown", listed("unknown"), "10.0.0.1"),
        Case("unknown behind a second proxy", listed("198.51.100.1, unknown, 10.9.9.9"), "10.9.9.9"),
        Case("an obfuscated one", listed("198.51.100.1, _secret, 10.9.9.9"), "10.9.9.9"),
        Case("malformed", listed("198.51.100.1, nonsense"), "10.0.0.1"),
        Case("malformed behind a second proxy", listed("nonsense, 10.9.9.9"), "10.0.0.1"),
        Case("a port that is none", listed("198.51.100.1:http"), "10.0.0.1"),
        Case("a port too long", listed("198.51.100.1:123456"), "10.0.0.1"),
        Case("no end of the brackets", listed("[2001:db8::5"), "10.0.0.1"),
        Case("IPv4 in brackets", listed("[198.51.100.1]"), "10.0.0.1"),
        Case("octal", listed("198.051.100.1"), "10.0.0.1"),
        Case("a long chain of trusted proxies", listed("198.51.100.1, " + long + "10.0.0.9"), "10.0.0.1"),
        Case("a huge element", listed(String(repeating: "1", count: 100_000)), "10.0.0.1"),
        Case(
            "a huge field in front", listed(String(repeating: "1.1.1.1,", count: 100_000) + "198.51.100.1"),
            "198.51.100.1"),
        Case("nothing but commas", listed(String(repeating: ",", count: 100_000)), "10.0.0.1"),
        Case("an empty field", listed(""), "10.0.0.1"),
        Case("a peer without an address", peer: "", listed("198.51.100.1"), nil),
    ]

    static let standardCases = [
        Case("a client that lies", peer: "203.0.113.9", standard("for=198.51.100.1"), "203.0.113.9"),
        Case("an address", standard("for=198.51.100.1"), "198.51.100.1"),
        Case("a name in other case", standard("FOR=198.51.100.1;Proto=https"), "198.51.100.1"),
        Case("after other pairs", standard("proto=http;by=203.0.113.43; for=198.51.100.1"), "198.51.100.1"),
        Case("quoted IPv6 with a port", standard(#"for="[2001:db8:cafe::17]:4711""#), "2001:db8:cafe::17"),
        Case("quoted IPv6", standard(#"For="[2001:db8:cafe::17]";by=_x"#), "2001:db8:cafe::17"),
        Case("quoted IPv4 with a port", standard(#"for="198.51.100.1:80""#), "198.51.100.1"),
        Case("IPv6 without its quotes", standard("for=[2001:db8:cafe::17]:4711"), "2001:db8:cafe::17"),
        Case("an obfuscated port", standard(#"for="198.51.100.1:_p""#), "198.51.100.1"),
        Case("escapes", standard(#"for="198.51.100.\1""#), "198.51.100.1"),
        Case("a chain", standard("for=1.1.1.1, for=198.51.100.1, for=10.2.2.2"), "198.51.100.1"),
        Case("a chain of fields", standard("for=1.1.1.1", "for=198.51.100.1;proto=https,for=10.2.2.2"), "198.51.100.1"),
        Case("separators in quotes", standard(#"for=198.51.100.1;secret="a,for=1.1.1.1;b""#), "198.51.100.1"),
        Case("empty elements", standard(" , for=198.51.100.1 ,, "), "198.51.100.1"),
        Case("unknown", standard("for=198.51.100.1, for=unknown, for=10.2.2.2"), "10.2.2.2"),
        Case("unknown with a port", standard(#"for="Unknown:4711""#), "10.0.0.1"),
        Case("obfuscated", standard("for=198.51.100.1, for=_gazonk, for=10.2.2.2"), "10.2.2.2"),
        Case("an element without for", standard("for=198.51.100.1, proto=https"), "10.0.0.1"),
        Case("for twice in one element", standard("for=198.51.100.1;for=1.1.1.1"), "10.0.0.1"),
        Case("an open quote", standard(#"for="198.51.100.1"#), "10.0.0.1"),
        Case(
            "an open quote in front of the proxy's own", standard(#"for=1.1.1.1, x=", for="[2001:db8::5]:80""#),
            "10.0.0.1"),
        Case("an open quote in a field in front", standard(#"for=1.1.1.1, x=""#, "for=198.51.100.1"), "198.51.100.1"),
        Case("no name", standard("=198.51.100.1"), "10.0.0.1"),
        Case("no value", standard("for="), "10.0.0.1"),
        Case("no pair", standard("198.51.100.1"), "10.0.0.1"),
        Case("spaces where none belong", standard("for = 198.51.100.1"), "10.0.0.1"),
        Case(
            "a huge field", standard(String(repeating: "for=1.1.1.1,", count: 10_000) + "for=198.51.100.1"), "10.0.0.1"),
    ]

    static let mixedCases = [
        Case("both say the same", listed("198.51.100.1") + standard("for=198.51.100.1"), "198.51.100.1"),
        Case(
            "a client's Forwarded behind a proxy that writes the other",
            listed("198.51.100.1") + standard("for=1.1.1.1"), "10.0.0.1"),
        Case(
            "a client's X-Forwarded-For behind a proxy that writes the other",
            listed("1.1.1.1") + standard("for=198.51.100.1"), "10.0.0.1"),
    ]

    @Test("the client is found", arguments: listedCases + standardCases + mixedCases)
    func walks(_ test: Case) {
        let request = HTTPRequest(.get, "/", headers: test.fields, remoteAddress: test.peer)
        #expect(ClientAddress.of(request, trusting: Self.trusted) == test.want.flatMap { IPAddress($0) })
        // Without trusted proxies no field counts.
        #expect(ClientAddress.of(request, trusting: AddressSet()) == IPAddress(test.peer))
    }

    @Test("no field makes more of a client's address than what a trusted proxy wrote")
    func noise() {
        var random = SeededRandom(seed: 20_261_122)
        let pieces = [
            "for=", "\"", ",", ";", "1.1.1.1", "[::1]", "_x", "unknown", " ", "\\", "=", "10.0.0.2", "proto=https",
            ":80",
        ]
        for _ in 0..<20_000 {
            let noise = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            // What nginx appends to a client's own field, and what a proxy appends that quotes.
            for (name, own) in [("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=\"198.51.100.1:80\"")] {
                let request = HTTPRequest(.get, "/", headers: [(name, noise + ", " + own)], remoteAddress: "10.0.0.1")
                let client = ClientAddress.of(request, trusting: Self.trusted)
                #expect(client == IPAddress("198.51.100.1") || client == IPAddress("10.0.0.1"), "\(name): \(noise)")
            }
        }
    }
}
