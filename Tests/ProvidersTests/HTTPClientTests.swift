import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("The HTTP client")
struct HTTPClientTests {
    @Test("sends method, headers and body, and returns status, headers and body")
    func roundTrip() async throws {
        let server = TestServer { _ in TestServer.response("201 Created", "yes", headers: "X-Thing: a b \r\n") }
        let response = try await HTTPClient().send(
            HTTPRequest("POST", server.url + "/x?y=1", headers: ["Authorization": "Bearer t"], body: Data("{}".utf8)))
        #expect(response.status == 201 && response.isSuccess)
        #expect(response.headers["x-thing"] == "a b")
        #expect(String(decoding: response.body, as: UTF8.self) == "yes")
        let request = try #require(server.received.first)
        #expect(request.hasPrefix("POST /x?y=1 HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n{}"))
        #expect(request.contains("Authorization: Bearer t\r\n"))
    }

    @Test("keeps its connection, and options of one request do not reach the next")
    func reuse() async throws {
        let server = TestServer { _ in TestServer.response("200 OK", "ok") }
        let client = HTTPClient(handles: 1)
        _ = try await client.send(HTTPRequest("POST", server.url + "/1", headers: ["A": "b"], body: Data("x".utf8)))
        _ = try await client.send(HTTPRequest("GET", server.url + "/2"))
        #expect(server.connectionCount == 1)
        let second = try #require(server.received.last)
        #expect(second.hasPrefix("GET /2 ") && !second.contains("A: b") && !second.lowercased().contains("content-l"))
    }

    @Test("more requests than handles wait their turn, and all are answered")
    func queueing() async throws {
        let server = TestServer { _ in TestServer.response("200 OK", "ok") }
        let client = HTTPClient(handles: 2)
        let url = server.url
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<50 {
                group.addTask { try await client.send(HTTPRequest("GET", "\(url)/\(index)")).status }
            }
            return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
        }
        #expect(count == 50 && server.connectionCount <= 2)
    }

    @Test("does not follow redirects")
    func redirect() async throws {
        let server = TestServer { _ in TestServer.response("302 Found", "", headers: "Location: /elsewhere\r\n") }
        let response = try await HTTPClient().send(HTTPRequest("GET", server.url))
        #expect(response.status == 302 && response.headers["location"] == "/elsewhere")
        #expect(server.received.count == 1)
    }

    @Test("says where nothing listens, without the secrets of the URL")
    func unreachable() async throws {
        let url = "http://user:secret@127.0.0.1:1/path?token=secret"
        await #expect(throws: HTTPFailure.unreachable("cannot reach http://127.0.0.1:1/path: connection refused")) {
            try await HTTPClient().send(HTTPRequest("GET", url))
        }
    }

    @Test("gives up at its time-out")
    func timeout() async throws {
        let server = TestServer { _ in nil }
        await #expect(throws: HTTPFailure.timedOut("no answer from \(server.url) within 200ms")) {
            try await HTTPClient().send(HTTPRequest("GET", server.url, timeout: .milliseconds(200)))
        }
    }

    @Test("ends soon after its task was cancelled")
    func cancellation() async throws {
        let server = TestServer { _ in nil }
        let client = HTTPClient()
        let url = server.url
        let task = Task { try await client.send(HTTPRequest("GET", url, timeout: .seconds(60))) }
        #expect(await eventually { !server.received.isEmpty })
        task.cancel()
        // Not that its minute is over.
        await #expect(throws: HTTPFailure.other("the request to \(url) was cancelled")) { try await task.value }
    }

    @Test("a body beyond the request's own limit is broken off while it comes, and the head is told")
    func ownLimit() async throws {
        // Far more is announced than comes: who waits for the rest runs into the time-out.
        let part = String(repeating: "x", count: 2000)
        let server = TestServer { _ in
            "HTTP/1.1 201 Created\r\ncontent-length: 100000000\r\nLocation: /s/7\r\n\r\n" + part
        }
        let (url, client) = (server.url, HTTPClient())
        let long = await #expect(throws: HTTPInterruption.self) {
            try await client.send(HTTPRequest("POST", url, body: Data("x".utf8)), bodyLimit: 1999)
        }
        #expect(long?.failure == HTTPFailure.other("the answer of \(url) is larger than 1999 bytes"))
        #expect(long?.head?.status == 201 && long?.head?.headers["location"] == "/s/7")
        #expect(long?.head?.body.isEmpty == true)
        let late = await #expect(throws: HTTPInterruption.self) {
            try await client.send(HTTPRequest("GET", url, timeout: .milliseconds(200)), bodyLimit: 2000)
        }
        #expect(late?.failure == HTTPFailure.timedOut("no answer from \(url) within 200ms"))
        #expect(late?.head?.status == 201 && server.received.count == 2)
        let none = await #expect(throws: HTTPInterruption.self) {
            try await client.send(HTTPRequest("GET", "http://127.0.0.1:1"), bodyLimit: 2000)
        }
        #expect(none != nil && none?.head == nil)
        let short = TestServer { _ in TestServer.response("200 OK", part) }
        #expect(try await client.send(HTTPRequest("GET", short.url), bodyLimit: 2000).body.count == 2000)
        #expect(short.received.count == 1)
    }

    @Test("refuses other protocols, broken headers and endless answers")
    func refusals() async throws {
        let client = HTTPClient()
        await #expect(throws: HTTPFailure.other("cannot ask file:///etc/passwd: only http and https are spoken")) {
            try await client.send(HTTPRequest("GET", "file:///etc/passwd"))
        }
        await #expect(throws: HTTPFailure.self) {
            try await client.send(HTTPRequest("GET", "http://127.0.0.1:1", headers: ["A": "b\r\nC: d"]))
        }
        let size = HTTPClient.maximumBody + 1
        let server = TestServer { _ in "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: size) }
        await #expect(throws: HTTPFailure.other("the answer of \(server.url) is larger than 16777216 bytes")) {
            try await client.send(HTTPRequest("GET", server.url))
        }
    }
}
