import Foundation
import Testing

@testable import Reconciler

@Suite struct RouteAnswerTests {
    private struct Answer: Decodable, Equatable {
        var serverAddress: String
        var scope: String
        var name: String
        var port: Int
        var `protocol`: String
        var nodeId: String
        var nodeGroup: String
        var region: String
        var url: String
    }

    private func bytes(_ address: String, _ stream: StreamKey, protocol name: String = "rtmp") -> [UInt8] {
        RouteAnswerBytes(
            node: "n", group: "live", region: "us", address: address, endpoint: Endpoint(protocol: name, port: 1935)
        ).json(for: stream)
    }

    @Test func `the answer is the overview's five fields, then our own`() {
        let text = String(decoding: bytes("203.0.113.7", StreamKey(scope: "live", name: "a")), as: UTF8.self)
        #expect(
            text == """
                {"serverAddress":"203.0.113.7","scope":"live","name":"a","port":1935,"protocol":"rtmp","nodeId":"n",\
                "nodeGroup":"live","region":"us","url":"rtmp://203.0.113.7:1935/live/a"}
                """)
    }

    @Test(arguments: [
        "plain", "with \"quotes\" and \\", "tab\tline\nnull\u{0}bell\u{7}", "grüße/日本語/🎥", "a/b/../c", "100% ?x=1#y",
        "",
        "\u{7f}\u{2028}", "+&=;",
    ])
    func `any name comes back as it was`(_ name: String) throws {
        let answer = try JSONDecoder().decode(
            Answer.self, from: Data(bytes("203.0.113.7", StreamKey(scope: name, name: name))))
        #expect(answer.scope == name && answer.name == name)
        let prefix = "rtmp://203.0.113.7:1935/"
        #expect(answer.url.hasPrefix(prefix))
        #expect(answer.url.dropFirst(prefix.count).removingPercentEncoding == "\(name)/\(name)")
        #expect(
            answer.url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "?") })
    }

    @Test func `an IPv6 address has brackets in the URL and none beside it`() throws {
        let answer = try JSONDecoder().decode(
            Answer.self, from: Data(bytes("2001:db8::7", StreamKey(scope: "live", name: "a"))))
        #expect(answer.serverAddress == "2001:db8::7")
        #expect(answer.url == "rtmp://[2001:db8::7]:1935/live/a")
    }

    @Test func `an address or protocol with quotes in it is still JSON`() throws {
        let answer = try JSONDecoder().decode(
            Answer.self, from: Data(bytes("a\"b\\", StreamKey(scope: "live", name: "a"), protocol: "r\"t")))
        #expect(answer.serverAddress == "a\"b\\" && answer.protocol == "r\"t")
    }
}
