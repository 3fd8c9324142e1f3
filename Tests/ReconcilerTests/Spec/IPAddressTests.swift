import Glibc
import Testing

@testable import Reconciler

/// The notation of addresses.
@Suite struct IPAddressTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var want: UInt128?
        var testDescription: String { "'\(text)'" }
        init(_ text: String, _ want: UInt128?) {
            self.text = text
            self.want = want
        }
    }

    static let cases = [
        Case("192.0.2.1", 0xffff_c000_0201), Case("0.0.0.0", 0xffff_0000_0000),
        Case("255.255.255.255", 0xffff_ffff_ffff),
        Case("::ffff:192.0.2.1", 0xffff_c000_0201), Case("::FFFF:c000:201", 0xffff_c000_0201), Case("::", 0),
        Case("::1", 1), Case("2001:db8::7", 0x2001_0db8_0000_0000_0000_0000_0000_0007),
        Case("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004_0005_0006_0007_0008), Case("1::", 1 << 112),
        Case("fe80::1%eth0", 0xfe80 << 112 | 1), Case("64:ff9b::192.0.2.1", 0x64_ff9b << 96 | 0xc000_0201),
        Case("", nil), Case("1.2.3", nil), Case("1.2.3.4.5", nil), Case("1.2.3.", nil), Case(".1.2.3", nil),
        Case("1..2.3", nil), Case("256.1.1.1", nil), Case("01.2.3.4", nil), Case("1.2.3.4 ", nil),
        Case("1.2.3.-4", nil),
        Case("1.2.3.4%eth0", nil), Case(":", nil), Case(":::", nil), Case("1:2", nil), Case("1::2::3", nil),
        Case("1:2:3:4:5:6:7::8", nil), Case("1:2:3:4:5:6:7:8:9", nil), Case("12345::", nil), Case("g::", nil),
        Case("::1:", nil), Case(":1::", nil), Case("::1.2.3", nil), Case("1.2.3.4::", nil), Case("fe80::1%", nil),
        Case("::1.2.3.4:5", nil), Case("[::1]", nil), Case(String(repeating: "1:", count: 5000), nil),
        Case("１.2.3.4", nil),
    ]

    @Test(arguments: cases) func `an address is read, and nothing else`(_ test: Case) {
        #expect(IPAddress(test.text)?.bits == test.want)
    }

    @Test func `texts of every kind are read as the C library reads them`() {
        var random = SeededRandom(seed: SpecFuzzTests.seed)
        let pieces = ["0", "1", "ff", "255", "256", "12345", "a.b", ".", ":", "::", "1.2.3.4", "ffff", "00", "g"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            #expect(IPAddress(text)?.bits == Self.reference(text), "SEED=\(SpecFuzzTests.seed): '\(text)'")
        }
    }

    private static func reference(_ text: String) -> UInt128? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if unsafe inet_pton(AF_INET6, text, &bytes) == 1 { return bytes.reduce(0) { $0 << 8 | UInt128($1) } }
        if unsafe inet_pton(AF_INET, text, &bytes) == 1 {
            return bytes.prefix(4).reduce(0xffff) { $0 << 8 | UInt128($1) }
        }
        return nil
    }

    @Test(arguments: [
        ("10.1.2.3", true), ("11.0.0.0", false), ("192.0.2.7", true), ("192.0.2.8", false), ("::ffff:10.9.9.9", true),
        ("fd12::1", true), ("fc00::1", false), ("172.16.0.1", true), ("172.31.255.255", true), ("172.32.0.0", false),
        ("10.0.0.0", true), ("10.255.255.255", true), ("9.255.255.255", false), ("::1", false),
    ])
    func `a set of blocks holds their addresses`(_ text: String, _ isIn: Bool) throws {
        let blocks = ["fd00::/8", "192.0.2.7", "10.0.0.0/8", "10.3.0.0/16", "172.16.9.9/12"]
        let set = AddressSet(blocks.compactMap { AddressBlock($0) })
        #expect(set.contains(try #require(IPAddress(text))) == isIn)
        #expect(!AddressSet().contains(try #require(IPAddress(text))))
    }

    @Test func `a block of IPv6 holds no address of IPv4, and one of IPv4 no other`() throws {
        let version4 = try #require(IPAddress("192.0.2.1"))
        let version6 = try #require(IPAddress("2001:db8::1"))
        let all6 = AddressSet([try #require(AddressBlock("::/0"))])
        #expect(all6.contains(version6) && !all6.contains(version4))
        let all4 = AddressSet([try #require(AddressBlock("0.0.0.0/0"))])
        #expect(all4.contains(version4) && !all4.contains(version6))
        #expect(AddressSet([try #require(AddressBlock("::ffff:0:0/96"))]).contains(version4))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
        ("::1", "::1"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("fe80::1%eth0", "fe80::1"), ("1::", "1::"),
        ("1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"),
    ])
    func `an address has the text that RFC 5952 recommends`(_ text: String, _ want: String) {
        #expect(IPAddress(text).map { "\($0)" } == want)
    }

    @Test func `the text of any address leads back to it`() {
        var random = SeededRandom(seed: SpecFuzzTests.seed)
        for _ in 0..<2000 {
            var bits: UInt128 = 0
            for _ in 0..<8 { bits = bits << 16 | UInt128(random.next() & 3 == 0 ? random.next() & 0xffff : 0) }
            let address = IPAddress(bits: bits)
            #expect(IPAddress("\(address)") == address, "SEED=\(SpecFuzzTests.seed): \(address)")
        }
    }
}
