import Foundation
import Reconciler
import Testing

@testable import APIServer

/// Broken requests over a real socket: whatever comes, the server answers in good form or closes, and goes on. `SEED=` replays one run, and
/// `CASES=` makes it longer.
@Suite("Fuzzing the HTTP edge", .timeLimit(.minutes(5)))
struct EdgeFuzzTests {
    /// A request made from sound parts, some of them broken.
    struct Maker {
        var random: SeededRandom

        private static let methods = [
            "GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "get", "G T", "", "BREW", "\u{0}",
        ]
        private static let targets = [
            "/healthz", "/as/v1/auth/login", "/as/v1/streams/live/a/publish", "/%", "/%zz", "/a?%", "*", "", "//",
            "/..%2f",
            "http://x/healthz", "http://", "/metrics", "/as/v1/nodes/edge-1/heartbeat?token=x",
            "/?limit=99999999999999999999",
        ]
        private static let versions = [
            "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.", "http/1.1", "",
        ]
        private static let fields = [
            "Host: x", "Host: x", "Host: x", "Host: y", "Content-Length: 5", "Content-Length: 0", "Content-Length: +5",
            "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip",
            "Authorization: Bearer a.b.c", "Authorization: Basic !!", "Connection: close", "Connection: keep-alive",
            "Expect: 100-continue", "X: \u{0}", " folded", "nocolon", ":", "X :", "X-Request-Id: \u{7f}",
            "Cookie: a=b; c",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Origin: null", "Range: bytes=0-",
            "Content-Type: application/json", "Upgrade: h2c", "X-Forwarded-For: ,,,", "Forwarded: for=\"",
        ]
        private static let ends = ["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", ""]
        private static let bodies = [
            "", "hello", "{}", "{\"username\":", "[[[[[[[[", "5\r\nhello\r\n0\r\n\r\n", "zz\r\n", "0\r\n\r\n",
            "\u{0}\u{0}",
        ]

        mutating func request() -> [UInt8] {
            func one(_ list: [String]) -> String { list[Int(random.next() % UInt64(list.count))] }
            let space = random.next() % 20 == 0 ? one(["", "  ", "\t"]) : " "
            var text = "\(one(Self.methods))\(space)\(one(Self.targets))\(space)\(one(Self.versions))\(one(Self.ends))"
            for _ in 0..<(random.next() % 6) { text += one(Self.fields) + one(Self.ends) }
            text += one(Self.ends) + one(Self.bodies)
            var bytes = Array(text.utf8)
            // Now and then single bytes are other ones, or the end is missing, or a part is there many times.
            for _ in 0..<(random.next() % 4) where !bytes.isEmpty {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: place)
                case 2: bytes.removeLast(bytes.count - place)
                default:
                    bytes.insert(
                        contentsOf: [UInt8](repeating: bytes[place], count: Int(random.next() % 3000)), at: place)
                }
            }
            return bytes
        }
    }

    @Test("whatever comes, each answer is a whole one with a known status, and the server goes on")
    func fuzz() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        let cases = environment["CASES"].flatMap { Int($0) } ?? 3000
        let api = try await TestAPI()
        // What never ends is cut soon, and by address nobody is.
        var manager = ManagerSpec()
        manager.api.limits.headTime = .seconds(1)
        manager.api.limits.bodyGrace = .seconds(1)
        let running = try RunningServer(api, manager: manager)
        let port = running.port
        let broken = Locked<String?>(nil)
        var maker = Maker(random: SeededRandom(seed: seed))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<cases {
                if number >= Self.parallel { await group.next() }
                let bytes = maker.request()
                group.addTask {
                    guard let client = try? Client(port: port) else { return broken.replace(with: "no connection") }
                    try? await client.send(bytes)
                    // No more comes from us: the server answers what it has, and closes.
                    client.endOfInput()
                    let answer = (try? await client.readAll()) ?? []
                    if Self.areWhole(answer) { return }
                    let sent = String(decoding: bytes, as: UTF8.self).debugDescription
                    broken.replace(with: "case \(number): \(sent) gets \(String(decoding: answer, as: UTF8.self))")
                }
            }
        }
        #expect(broken.current == nil, "SEED=\(seed)")
        #expect(try await Client(port: running.port).ask("GET", "/healthz").status == 200, "SEED=\(seed)")
        await running.server.stop()
        #expect(running.server.requestsInFlight == 0, "SEED=\(seed)")
    }

    /// Requests at once: some hang until they are cut.
    private static let parallel = 200

    private static let statuses: Set<String> = [
        "100", "200", "201", "204", "308", "400", "401", "403", "404", "405", "408", "409", "413", "414", "415", "422",
        "429", "431", "501", "503",
        "505",
    ]

    /// Nothing, or answers each with a status of ours; the last may be that of a HEAD.
    private static func areWhole(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return false }
            let head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
            guard words.count >= 2, words[0].hasPrefix("HTTP/1."), statuses.contains(String(words[1])) else {
                return false
            }
            let length = WireResponse(status: 0, head: head, body: "").field("Content-Length").flatMap { Int($0) } ?? 0
            rest = rest[end.upperBound...]
            // An answer to HEAD announces what does not come.
            if rest.isEmpty || rest.starts(with: Array("HTTP/1.".utf8)) { continue }
            guard rest.count >= length else { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }
}
