import Testing

@testable import APIServer

@Suite("The Host field")
struct HostFieldTests {
    @Test(
        "is a name or an address, and a port if there is one",
        arguments: [
            "", "x", "example.org", "example.org.", "example.org:443", "example.org:", "127.0.0.1:80", "a_b", "..",
            "a!$&'()*+,;=~", "%41b", "[::1]", "[::1]:80", "[2001:db8::1]:5080", "[::ffff:192.0.2.1]",
        ])
    func valid(_ text: String) { #expect(HostField.isValid(Array(text.utf8)[...])) }

    @Test(
        "is nothing else",
        arguments: [
            "[", "]", "[]", "[::1", "::1", "[x]", "[1.2.3.4]", "[::1]x", "[::1]:x", "[fe80::1%25eth0]",
            "[fe80::1%eth0]",
            "a b", "a/b", "a@b", "a?b", "a:b", "a:1:2", "a:123456", "%4", "%zz", "a\"b", "\u{e9}.org",
        ])
    func invalid(_ text: String) { #expect(!HostField.isValid(Array(text.utf8)[...])) }

    @Test(
        "leads somewhere only as a name of the DNS or an address",
        arguments: [
            ("example.org:80", "example.org"), ("a_b.local", "a_b.local"), ("x.", "x."), ("[::1]:80", "[::1]"),
            ("10.0.0.1", "10.0.0.1"), ("", nil), ("..", nil), (".", nil), ("a..b", nil), (".a", nil), ("[", nil),
            ("a!b", nil), ("%41", nil), (":80", nil), (String(repeating: "a", count: 64), nil),
        ] as [(String, String?)])
    func destination(_ text: String, _ host: String?) {
        #expect(HostField.destination(Array(text.utf8)[...]) == host)
    }
}
