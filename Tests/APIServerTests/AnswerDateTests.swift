import Testing

@testable import APIServer

@Suite("The Date field")
struct AnswerDateTests {
    // The second is RFC 9110's own example (section 5.6.7).
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    ])
    func text(second: Int, want: String) {
        var bytes = [UInt8](repeating: 0, count: AnswerDate.length)
        unsafe bytes.withUnsafeMutableBytes { unsafe AnswerDate.write(second, into: $0) }
        #expect(String(decoding: bytes, as: UTF8.self) == want)
    }
}
