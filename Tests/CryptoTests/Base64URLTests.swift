import Crypto
import Testing

@Suite struct Base64URLTests {
    // RFC 4648 section 10 without the padding, and the two signs that differ from plain base 64.
    static let pairs: [([UInt8], String)] = [
        ([], ""), (Array("f".utf8), "Zg"), (Array("fo".utf8), "Zm8"), (Array("foo".utf8), "Zm9v"),
        (Array("foob".utf8), "Zm9vYg"), (Array("fooba".utf8), "Zm9vYmE"), (Array("foobar".utf8), "Zm9vYmFy"),
        ([0xfb, 0xff, 0xbf], "-_-_"), ([0], "AA"), ([0xff, 0xff], "__8"),
    ]

    @Test(arguments: pairs)
    func `bytes and text stand for each other`(_ bytes: [UInt8], _ text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text.utf8) == bytes)
    }

    @Test func `every length survives the round trip`() {
        for count in 0..<100 {
            let bytes = SecureRandom.bytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes)
        }
    }

    @Test(arguments: ["Zg==", "Zm9v\n", " Zg", "Zm+v", "Zm/v", "Z", "Zm9vY", "Zh", "Zm9", "Zm9vYmF", "é"])
    func `what the encoder never writes is refused`(_ text: String) {
        #expect(Base64URL.decode(text.utf8) == nil)
    }
}
