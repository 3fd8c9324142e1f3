import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Paths of streams")
struct StreamPathsTests {
    private static let table = RouteTable([
        Route(.get, "/as/v1/streams/{scope}/{name...}/subscribe", .anyone, "", .now { _ in .text("") }),
        Route(.get, "/as/v1/streams/{scope}/{name...}", .anyone, "", .now { _ in .text("") }),
    ])

    /// Looks a request up in the table, and has its path remembered.
    @discardableResult
    private static func remember(_ request: HTTPRequest, in paths: StreamPaths) throws -> StreamPath? {
        guard case .route(let entry, let captures) = table.match(request.method, request.target, request.path) else {
            throw Problem.notFound("no route")
        }
        return paths.remember(request, entry, captures)
    }

    @Test("one that was asked for is known again, with any query, and by its own method alone")
    func known() throws {
        let paths = StreamPaths()
        let request = HTTPRequest(.get, "/as/v1/streams/live/caf%C3%A9/x/subscribe?region=eu")
        #expect(paths.find(request) == nil)
        try Self.remember(request, in: paths)
        let found = try #require(paths.find(HTTPRequest(.get, "/as/v1/streams/live/caf%C3%A9/x/subscribe")))
        #expect(found.stream == StreamKey(scope: "live", name: "café/x"))
        #expect(found.entry.route.pattern.hasSuffix("/subscribe"))
        #expect(paths.find(HTTPRequest(.head, "/as/v1/streams/live/caf%C3%A9/x/subscribe")) == nil)
        #expect(paths.find(HTTPRequest(.get, "/as/v1/streams/live/café/x/subscribe")) == nil)
        #expect(paths.find(HTTPRequest(.get, "/as/v1/streams/live/caf%C3%A9/x")) == nil)
    }

    @Test("a long one, and one that does not begin its target, are looked up each time")
    func notKept() throws {
        let paths = StreamPaths()
        for target in [
            "/as/v1/streams/live/\(String(repeating: "a", count: 240))/subscribe",
            "http://x/as/v1/streams/live/a/subscribe",
        ] {
            let request = HTTPRequest(.get, target)
            try Self.remember(request, in: paths)
            #expect(paths.find(request) == nil)
        }
    }

    @Test("of many more than there is room for, each is found as it is or not at all")
    func crowded() throws {
        let paths = StreamPaths()
        let seed = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var found = 0
        for _ in 0..<4000 {
            let name = String(repeating: "n", count: Int(random.next() % 40)) + "\(random.next() % 200)"
            let ending = random.chance(0.5) ? "/subscribe" : ""
            let request = HTTPRequest(.get, "/as/v1/streams/live/\(name)\(ending)")
            if let known = paths.find(request) {
                found += 1
                #expect(known.stream == StreamKey(scope: "live", name: name), "SEED=\(seed)")
                #expect(known.entry.route.pattern.hasSuffix("/subscribe") == !ending.isEmpty, "SEED=\(seed)")
            } else {
                try Self.remember(request, in: paths)
                #expect(paths.find(request) != nil, "SEED=\(seed)")
            }
        }
        #expect(found < 4000)
    }

    @Test("an unsound name is refused however often it is asked for, and so is a caller who may not ask")
    func refused() async throws {
        let api = try await TestAPI()
        #expect(api.handler.table.routes.filter(\.namesStream).count == 5)
        for _ in 0..<3 {
            #expect(try await api.ask(.get, "/as/v1/streams/live/a%2F..%2Fb/subscribe").status == 400)
            #expect(try await api.ask(.get, "/as/v1/streams/live/%FF/subscribe").status == 400)
            #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish").status == 200)
            #expect(try await api.ask(.get, "/as/v1/streams/live/a/publish", as: nil).status == 401)
            #expect(try await api.ask(.post, "/as/v1/streams/live/a/publish").status == 405)
        }
    }
}
