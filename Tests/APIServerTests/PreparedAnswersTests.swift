import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Prepared answers", .timeLimit(.minutes(1)))
struct PreparedAnswersTests {
    /// Answers with what it was asked, as JSON with the standing fields: at once, or after some work.
    struct Echo: HTTPHandler {
        func bodyLimit(for request: HTTPRequest) -> Int { 1024 }
        func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse { problem.response(to: request) }
        func requestID(for headers: borrowing HTTPHeaders) -> String {
            headers.first(.requestID).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }

        func begin(_ request: HTTPRequest) -> HTTPAnswer {
            var response = HTTPResponse.json(Array(Self.body(request.pathText).utf8))
            response.marks.insert(.noSniffing)
            response.requestID = request.id
            if request.path.count.isMultiple(of: 5) { return .later { [response] in response } }
            if request.path.count.isMultiple(of: 7) { response.headers.append(("X-More", "yes")) }
            return .now(response)
        }

        static func body(_ path: String) -> String { #"{"path":"\#(path)"}"# }
    }

    @Test("each client gets its own answer, of whatever length, among others that pipeline, ask for heads and go away")
    func mixed() async throws {
        let server = MicroHTTPServer(handler: Echo())
        let port = try server.start(on: ListenAddress(host: "127.0.0.1", port: 0))
        try await withThrowingTaskGroup { group in
            for number in 0..<24 {
                group.addTask {
                    var random = SeededRandom(seed: UInt64(number))
                    for _ in 0..<4 {
                        let client = try Client(port: port)
                        for round in 0..<12 { try await Self.ask(client, "\(number)-\(round)", &random) }
                        // Goes away with an answer that nobody reads.
                        try await client.send("GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
                    }
                }
            }
            try await group.waitForAll()
        }
        await server.stop()
    }

    /// RFC 9110 section 5.6.7.
    private static var fixedDate: DateFormatter {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter
    }

    /// Three requests at once, the second of them for the head alone. Their ids have several lengths.
    private static func ask(_ client: Client, _ id: String, _ random: inout SeededRandom) async throws {
        let paths = (0..<3).map { index in
            // Over the longest that is prepared for, now and then.
            let length = random.chance(0.1) ? 1500 : Int(random.next() % 300)
            return "/\(id)-\(index)" + String(repeating: "a", count: length)
        }
        let ids = (0..<3).map { index in
            let short = "\(id)-\(index)"
            // As long as ours, as those of a proxy, or as they are.
            let lengths = [15, 32, short.utf8.count]
            let length = lengths[Int(random.next() % UInt64(lengths.count))]
            return short + String(repeating: "z", count: length - short.utf8.count)
        }
        let text = zip(paths, ["GET", "HEAD", "GET"]).enumerated().map { index, request in
            "\(request.1) \(request.0) HTTP/1.1\r\nHost: x\r\nX-Request-Id: \(ids[index])\r\n\r\n"
        }
        try await client.send(text.joined())
        for (index, path) in paths.enumerated() {
            let answer = try await client.read(hasBody: index != 1)
            let body = Echo.body(path)
            #expect(answer.status == 200 && answer.body == (index == 1 ? "" : body), "\(id)")
            #expect(answer.field("Content-Length") == "\(body.utf8.count)")
            let lines = answer.head.split(separator: "\r\n").dropFirst()
            let dates = lines.filter { $0.hasPrefix("Date: ") }.map { $0.dropFirst(6) }
            #expect(dates.count == 1)
            for date in dates {
                let moment = try #require(Self.fixedDate.date(from: String(date)))
                #expect(abs(moment.timeIntervalSinceNow) < 60 && date.utf8.count == AnswerDate.length, "\(date)")
            }
            let fields = lines.filter { !$0.hasPrefix("Date: ") }
            let more = path.utf8.count.isMultiple(of: 7) && !path.utf8.count.isMultiple(of: 5) ? ["X-More: yes"] : []
            #expect(
                fields.map { String($0) }.sorted()
                    == ([
                        "Cache-Control: no-store", "Content-Length: \(body.utf8.count)",
                        "Content-Type: application/json", "X-Content-Type-Options: nosniff",
                        "X-Request-Id: \(ids[index])",
                    ] + more).sorted())
        }
    }

    @Test("are kept by length, and make room for others in turn")
    func room() throws {
        let answers = PreparedAnswers()
        #expect(answers.take(7, id: 15) == nil)
        // They are only kept: one will do for all.
        let response = try #require(MicroHTTPD.Response(copying: []))
        defer { response.end() }
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: PreparedAnswers.longest, alignment: 1)
        defer { unsafe space.deallocate() }
        func answer(_ length: Int, id: Int = 15) -> PreparedAnswers.Answer {
            unsafe PreparedAnswers.Answer(
                response: response, body: UnsafeMutableRawBufferPointer(rebasing: space[..<length]),
                id: UnsafeMutableRawBufferPointer(rebasing: space[..<id]),
                date: UnsafeMutableRawBufferPointer(rebasing: space[..<AnswerDate.length]))
        }
        for _ in 0..<PreparedAnswers.kept { #expect(answers.give(answer(7)) == nil) }
        #expect(answers.take(8, id: 15) == nil && answers.take(7, id: 16) == nil && answers.take(7, id: 15) != nil)
        #expect(answers.give(answer(PreparedAnswers.longest)) == nil)
        // One of the many goes first; then it is another's turn.
        let ended = (0..<3).map { _ in unsafe answers.give(answer(9))?.body.count }
        #expect(ended == [7, 9, PreparedAnswers.longest])
        #expect(answers.take(7, id: 15) != nil)
        #expect(answers.empty().count == PreparedAnswers.kept - 1)
        #expect(answers.take(7, id: 15) == nil)
        for id in [15, 32, 15] { #expect(answers.give(answer(7, id: id)) == nil) }
        #expect(unsafe answers.take(7, id: 32)?.id.count == 32)
        #expect(answers.take(7, id: 32) == nil && answers.empty().count == 2)
    }

    @Test("have the date of the moment at which they leave")
    func date() throws {
        let response = try #require(MicroHTTPD.Response(copying: []))
        defer { response.end() }
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
        defer { unsafe space.deallocate() }
        let date = unsafe UnsafeMutableRawBufferPointer(rebasing: space[32..<(32 + AnswerDate.length)])
        var answer = unsafe PreparedAnswers.Answer(
            response: response, body: UnsafeMutableRawBufferPointer(rebasing: space[..<2]),
            id: UnsafeMutableRawBufferPointer(rebasing: space[2..<5]), date: date)
        for (second, want) in [(784_111_777, "37"), (784_111_777, "37"), (784_111_778, "38"), (784_111_777, "37")] {
            answer.write(Array("{}".utf8), id: "abc", at: second)
            #expect(unsafe String(decoding: date, as: UTF8.self) == "Sun, 06 Nov 1994 08:49:\(want) GMT")
            #expect(unsafe String(decoding: space[..<5], as: UTF8.self) == "{}abc")
        }
    }
}
