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
}
