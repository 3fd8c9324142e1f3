import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Tickets on the wire")
struct TicketRoutesTests {
    private let publish = "/as/v1/streams/live/a/publish"
    private let subscribe = "/as/v1/streams/live/a/subscribe?protocol=rtmp&region=us-east"

    private func required() async throws -> TestAPI {
        let api = try await TestAPI()
        api.publish(tickets: TicketPolicy(publish: .required, subscribe: .required))
        return api
    }

    /// What nginx-rtmp would send for a client with this URL.
    private func call(_ api: TestAPI, _ event: String, _ node: String, _ url: String) async -> HTTPResponse {
        let arguments = url.split(separator: "?").dropFirst().first.map { "&\($0)" } ?? ""
        return await api.ask(
            .post, "/as/v1/nodes/\(node)/callbacks/nginx-rtmp", node: node,
            body: "app=live&flashver=x&tcurl=rtmp://x/live&addr=192.0.2.1&clientid=1&call=\(event)&name=a\(arguments)")
    }

    @Test("an answer without a wish for a ticket is as it was; with one the five fields come first and the ticket last")
    func shape() async throws {
        let api = try await TestAPI()
        let plain = try await api.ask(.get, publish, as: .app)
        #expect(try await api.ask(.get, publish + "?ticket=false", as: .app).text == plain.text)
        let answer = try await api.ask(.get, publish + "?ticket=true&client=alice", as: .app)
        #expect(answer.text.hasPrefix(plain.text.dropLast() + #","ticket":"ey"#))
        let token = try #require(answer.json["ticket"] as? String)
        let verdict = api.tickets.verifier.verify(
            PresentedTicket(ticket: token), for: [.publish], Tickets.stream, at: "origin-1", now: api.time.now())
        #expect(verdict == .valid(client: "alice"))
        #expect(answer.json["ticketExpiresAt"] as? String == "2026-11-22T12:01:00Z")
        let url = try #require(answer.json["ticketUrl"] as? String)
        #expect(url.hasPrefix("rtmp://203.0.113.10:1935/live/a?client=alice&ticket=1795348860."))
        // Over another protocol the token alone: how it is handed over is that protocol's matter.
        #expect(api.live.published(Tickets.stream, on: "origin-1", at: api.time.now()))
        let wss = try await api.ask(.get, "/as/v1/streams/live/a/subscribe?region=us-east&ticket=true", as: .app)
        #expect(wss.json["protocol"] as? String == "wss" && wss.json["ticket"] is String)
        #expect(wss.json["ticketUrl"] == nil)
    }

    @Test("of several nodes each has its own ticket")
    func severalNodes() async throws {
        let api = try await TestAPI()
        #expect(api.live.published(Tickets.stream, on: "origin-1", at: api.time.now()))
        let path = "/as/v1/streams/live/a/subscribe?protocol=rtmp&endpoints=2&ticket=true&client=alice"
        let answers = try await api.ask(.get, path, as: .app).list
        #expect(Set(answers.compactMap { $0["nodeId"] as? String }) == ["edge-1", "edge-2"])
        for answer in answers {
            let node = NodeID(try #require(answer["nodeId"] as? String))
            let ticket = PresentedTicket(ticket: try #require(answer["ticket"] as? String))
            #expect(
                api.tickets.verifier.verify(
                    ticket, for: [.subscribe], Tickets.stream, at: node, now: api.time.now())
                    == .valid(client: "alice"))
        }
    }

    @Test("without a client's name it is the caller's; no node, no ticket")
    func client() async throws {
        let api = try await TestAPI()
        let answer = try await api.ask(.get, publish + "?ticket=true", as: .app)
        let token = try #require(answer.json["ticket"] as? String)
        let verdict = api.tickets.verifier.verify(
            PresentedTicket(ticket: token), for: [.publish], Tickets.stream, at: "origin-1", now: api.time.now())
        #expect(verdict == .valid(client: "tester"))
        let nothing = try await api.ask(.get, "/as/v1/streams/live/dark/subscribe?ticket=true")
        #expect(nothing.status == 404 && nothing.json["ticket"] == nil)
    }

    @Test(
        "anything but true and false, and names that cannot be in a ticket, are 400",
        arguments: [
            "ticket=yes", "ticket=1", "ticket=", "ticket", "ticket=TRUE", "ticket=%ff", "client=", "client=%00",
            "client=\(String(repeating: "x", count: 129))", "client=a%0Ab",
        ])
    func wishes(_ query: String) async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "\(publish)?\(query)").status == 400)
    }

    @Test("a name that is too long for nginx-rtmp together with the ticket gets no URL with it")
    func tooLong() async throws {
        let api = try await TestAPI()
        for (length, isThere) in [(100, true), (200, false)] {
            let name = String(repeating: "n", count: length)
            let answer = try await api.ask(.get, "/as/v1/streams/live/\(name)/publish?ticket=true&client=c")
            #expect(answer.json["ticket"] is String)
            #expect((answer.json["ticketUrl"] is String) == isThere)
        }
    }

    @Test(
        "where tickets are required every answer has one, unless it is not wanted; a heartbeat's answer tells the node")
    func requiredAnswers() async throws {
        let api = try await required()
        #expect(try await api.ask(.get, publish).json["ticketUrl"] is String)
        #expect(try await api.ask(.get, publish + "?ticket=false").json["ticket"] == nil)
        let beat = #"{"sequence":1,"metrics":{},"streams":[]}"#
        let told = await api.ask(.post, "/as/v1/nodes/origin-1/heartbeat", node: "origin-1", body: beat)
        #expect(told.text.hasSuffix(#","tickets":{"publish":"required","subscribe":"required"}}"#))
        let open = try await TestAPI()
        let other = await open.ask(.post, "/as/v1/nodes/origin-1/heartbeat", node: "origin-1", body: beat)
        #expect(other.json["tickets"] == nil)
    }

    @Test(
        "only who was invited publishes and plays, and an edge gets the stream from the origin by a ticket of its own")
    func callbacks() async throws {
        let api = try await required()
        let invited = try #require(try await api.ask(.get, publish + "?client=alice").json["ticketUrl"] as? String)
        let plain = await call(api, "publish", "origin-1", "rtmp://x/live/a")
        #expect(plain.status == 403)
        #expect(
            plain.json["detail"] as? String
                == "a ticket is needed to publish 'live/a' here; the manager's answer has one")
        #expect(
            api.logged.current == [
                #"ticket refused node=origin-1 action=publish stream="live/a" "#
                    + #"reason="a ticket is needed to publish 'live/a' here; the manager's answer has one""#
            ])
        #expect(api.live.streams.entry(Tickets.stream)?.live == nil, "who was refused made the stream live")
        #expect(await call(api, "publish", "origin-1", invited).status == 200)

        let viewer = try #require(try await api.ask(.get, subscribe).json["ticketUrl"] as? String)
        #expect(await call(api, "play", "edge-1", "rtmp://x/live/a").status == 403)
        #expect(await call(api, "play", "edge-2", viewer).status == 403, "another edge than the one it was made for")
        #expect(await call(api, "play", "origin-1", viewer).status == 403)
        #expect(await call(api, "publish", "origin-1", viewer).status == 403)
        #expect(await call(api, "play", "edge-1", invited).status == 403)
        let redirect = await call(api, "play", "edge-1", viewer)
        #expect(redirect.status == 302)
        let pull = try #require(redirect.header("Location"))
        #expect(pull.hasPrefix("rtmp://203.0.113.10:1935/live/a?client=edge-1&ticket="))
        #expect(await call(api, "play", "origin-1", pull).status == 200)
        #expect(await call(api, "publish", "origin-1", pull).status == 403, "a pull is no publisher")

        // The client's own first 'ticket' counts; nginx-rtmp's own fields cannot be overwritten by arguments.
        #expect(await call(api, "play", "edge-1", viewer + "&ticket=x&name=b").status == 302)
        api.time.advance(by: .seconds(61))
        #expect(await call(api, "play", "edge-1", viewer).status == 403)
        #expect(await call(api, "play", "origin-1", pull).status == 200)
        api.time.advance(by: .seconds(600))
        #expect(await call(api, "play", "origin-1", pull).status == 403)
        #expect(await call(api, "publish_done", "origin-1", "rtmp://x/live/a").status == 200)
    }

    @Test("a node that asks where to pull from gets the ticket to go with it, and nobody else does")
    func route() async throws {
        let api = try await required()
        #expect(api.live.published(Tickets.stream, on: "origin-1", at: api.time.now()))
        let path = "/as/v1/streams/live/a/route?node=edge-1"
        let own = await api.ask(.get, path, node: "edge-1").json["url"] as? String
        #expect(await call(api, "play", "origin-1", try #require(own)).status == 200)
        #expect(
            try await api.ask(.get, path, as: .viewer).json["url"] as? String == "rtmp://203.0.113.10:1935/live/a")
    }

    @Test("publish and subscribe are asked for separately")
    func halves() async throws {
        let api = try await TestAPI()
        api.publish(tickets: TicketPolicy(publish: .required, subscribe: .open))
        #expect(await call(api, "publish", "origin-1", "").status == 403)
        let invited = try #require(try await api.ask(.get, publish).json["ticketUrl"] as? String)
        #expect(await call(api, "publish", "origin-1", invited).status == 200)
        #expect(try await api.ask(.get, subscribe).json["ticket"] == nil)
        let play = await call(api, "play", "edge-1", "")
        #expect(play.status == 302 && play.header("Location") == "rtmp://203.0.113.10:1935/live/a")
        #expect(await call(api, "play", "origin-1", "").status == 200)
    }
}
