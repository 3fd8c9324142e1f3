import Testing

@testable import APIServer

@Suite("Header fields")
struct HTTPHeadersTests {
    @Test("every name that is looked up has its place, in any case of letters", arguments: HTTPHeaders.Name.allCases)
    func names(_ name: HTTPHeaders.Name) {
        let headers = HTTPHeaders([
            ("X-Other", "a"), (name.text.description.uppercased(), "b "), (name.text.description, "c"),
        ])
        #expect(headers.count(of: name) == 2)
        #expect(headers.values(name).map { String(decoding: $0, as: UTF8.self) } == ["b", "c"])
        #expect(headers.first(name).map { Array($0) } == Array("b".utf8))
        for other in HTTPHeaders.Name.allCases where other != name { #expect(headers.first(other) == nil) }
    }

    @Test("a name that differs in any bit but the case of a letter is another", arguments: HTTPHeaders.Name.allCases)
    func otherNames(_ name: HTTPHeaders.Name) {
        let text = Array(name.text.description.utf8)
        for index in text.indices {
            for bit in 0..<8 {
                var other = text
                other[index] ^= 1 << UInt8(bit)
                let isSame = String(decoding: other, as: UTF8.self).lowercased() == name.text.description
                let found = unsafe other.withUnsafeBytes { unsafe HTTPHeaders.Name($0) }
                #expect((found == name) == isSame, "\(other)")
            }
        }
    }

    @Test("only names that nobody looks up can be no tokens, and these are")
    func flaws() {
        #expect(HTTPHeaders([("content\rtype", "a")]).flaw == .name)
        #expect(HTTPHeaders([("X Other", "a")]).flaw == .name)
        #expect(HTTPHeaders([("", "a")]).flaw == .name)
        #expect(HTTPHeaders([("Content-Type", "a\u{1}")]).flaw == .value)
        #expect(HTTPHeaders([("Content-Type", "a"), ("X-Other", "b\tc")]).flaw == nil)
    }
}
