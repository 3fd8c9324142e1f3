import Testing

@testable import smreconcile

@Suite("Links to the next page")
struct LinkHeaderTests {
    @Test(
        "a link to the next page is followed on the same server alone",
        arguments: [
            ("</as/v1/nodes?limit=2&after=edge-2>; rel=\"next\"", "/as/v1/nodes?limit=2&after=edge-2"),
            ("</a>; rel=\"prev\"", nil), ("<https://evil.example/a>; rel=\"next\"", nil),
            ("<//evil.example/a>; rel=\"next\"", nil), ("</a", nil), ("", nil), (nil, nil),
        ] as [(String?, String?)])
    func next(_ value: String?, _ want: String?) {
        #expect(LinkHeader.next(value) == want)
    }
}
