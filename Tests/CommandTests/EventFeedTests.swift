import Foundation
import Testing

@testable import smreconcile

/// What `get events --watch` asks for and prints.
@Suite("A feed of events")
struct EventFeedTests {
    private static func answer(_ events: (id: Int, count: Int, reason: String)...) -> Data {
        let rows = events.map { event in
            """
            {"id":\(event.id),"at":"2026-11-22T12:00:0\(event.id)Z","firstAt":"2026-11-22T12:00:00Z","count":\(event.count),\
            "level":"info","reason":"\(event.reason)","subject":"a","message":"words"}
            """
        }
        return Data("[\(rows.joined(separator: ","))]".utf8)
    }

    @Test("each line comes once under one header, a repetition again with its count, and columns stay")
    func lines() throws {
        var feed = EventFeed(about: nil, format: .table)
        #expect(feed.path == "/as/v1/events")
        #expect(
            try feed.text(of: Self.answer((1, 1, "NodeCreated"), (2, 1, "CreateFailed"))) == """
                AT                    LEVEL  COUNT  REASON        SUBJECT  MESSAGE
                2026-11-22T12:00:01Z  info   1      NodeCreated   a        words
                2026-11-22T12:00:02Z  info   1      CreateFailed  a        words

                """)
        #expect(feed.path == "/as/v1/events?after=2&limit=1000")
        #expect(try feed.text(of: Self.answer()) == "")
        #expect(feed.path == "/as/v1/events?after=2&limit=1000")
        #expect(
            try feed.text(of: Self.answer((5, 12, "CreateFailed"))) == """
                2026-11-22T12:00:05Z  info   12     CreateFailed  a        words

                """)
        #expect(feed.path == "/as/v1/events?after=5&limit=1000")
    }

    @Test("a wide one has the ids and the first times")
    func wide() throws {
        var feed = EventFeed(about: nil, format: .wide)
        #expect(
            try feed.text(of: Self.answer((7, 2, "ListFailed"))) == """
                ID  AT                    FIRST                 LEVEL  COUNT  REASON      SUBJECT  COMMIT  MESSAGE
                7   2026-11-22T12:00:07Z  2026-11-22T12:00:00Z  info   2      ListFailed  a        -       words

                """)
    }

    @Test("nothing at first is a header, and nothing after that")
    func nothing() throws {
        var feed = EventFeed(about: nil, format: .table)
        #expect(try feed.text(of: Self.answer()) == "AT  LEVEL  COUNT  REASON  SUBJECT  MESSAGE\n")
        #expect(try feed.text(of: Self.answer()) == "")
        #expect(feed.path == "/as/v1/events")
    }

    @Test("JSON is the answers that hold something")
    func json() throws {
        var feed = EventFeed(about: nil, format: .json)
        let answer = Self.answer((3, 1, "NodeCreated"))
        #expect(try feed.text(of: Self.answer()) == "")
        #expect(try feed.text(of: answer) == String(decoding: answer, as: UTF8.self) + "\n")
        #expect(feed.path == "/as/v1/events?after=3&limit=1000")
    }

    @Test("a subject is asked for by its name, escaped")
    func subject() throws {
        var feed = EventFeed(about: "live/us east&x", format: .table)
        #expect(feed.path == "/as/v1/events?subject=live%2Fus%20east%26x")
        _ = try feed.text(of: Self.answer((3, 1, "NodeCreated")))
        #expect(feed.path == "/as/v1/events?after=3&limit=1000&subject=live%2Fus%20east%26x")
    }

    @Test("an answer of another shape is an error in words")
    func foreign() {
        var feed = EventFeed(about: nil, format: .json)
        #expect(throws: CommandError.self) { try feed.text(of: Data("{}".utf8)) }
    }
}
