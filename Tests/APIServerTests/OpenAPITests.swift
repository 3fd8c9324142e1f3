import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("The API describes itself")
struct OpenAPITests {
    private static func get(_ path: String) async throws -> HTTPResponse {
        await (try await TestAPI()).handler.respond(to: HTTPRequest(.get, path))
    }

    private static func document() async throws -> [String: Any] {
        let response = try await get("/as/v1/openapi.json")
        return try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
    }

    @Test("every route is in it, with its method")
    func whole() async throws {
        let paths = try #require(try await Self.document()["paths"] as? [String: [String: Any]])
        let routes = try await TestAPI().handler.table.routes
        for route in routes {
            #expect(paths[route.templatePath]?[route.method.rawValue.lowercased()] != nil, "\(route.pattern)")
        }
        #expect(paths.values.reduce(0) { $0 + $1.count } == routes.count)
    }

    @Test("every route says what it takes and what it answers")
    func answers() async throws {
        for route in try await TestAPI().handler.table.routes {
            let name = "\(route.method.rawValue) \(route.pattern)"
            #expect(!route.document.answers.isEmpty && route.document.parameters != nil, "\(name)")
        }
    }

    @Test("every reference leads somewhere, and operations have names of their own")
    func references() async throws {
        let document = try await Self.document()
        let components = try #require(document["components"] as? [String: [String: Any]])
        var (seen, names): (Set<String>, [String]) = ([], [])
        func walk(_ value: Any) {
            if let list = value as? [Any] { list.forEach(walk) }
            guard let object = value as? [String: Any] else { return }
            if let target = object["$ref"] as? String { seen.insert(target) }
            if let name = object["operationId"] as? String { names.append(name) }
            object.values.forEach(walk)
        }
        walk(document)
        for target in seen {
            let parts = target.split(separator: "/").map(String.init)
            #expect(parts.count == 4 && parts[1] == "components" && components[parts[2]]?[parts[3]] != nil, "\(target)")
        }
        #expect(Set(names).count == names.count && names.count > 40)
    }

    @Test("no two schemas have one name")
    func names() {
        let names = APISchemas.components.map(\.key)
        #expect(Set(names).count == names.count)
    }

    @Test(
        "the patterns of scopes and names let through what the API lets through",
        arguments: [
            "live", "a-b_c.d", "ü", "日本", "a b", ".", "..", "...", ".a", "a.", "a/b", "a/../b", "a/./b", "a/", "/a",
            "a//b",
            "a\n", "\u{7f}", "\u{85}", "a\u{2028}", "\u{202e}a", "\u{2066}", "%2F", "😀",
        ])
    func patterns(_ text: String) throws {
        func fits(_ name: String) throws -> Bool {
            let pattern = try #require(APISchemas.capture(name, in: .streams).schema["pattern"])
            guard case .string(let pattern) = pattern else { return false }
            // In JSON Schema (ECMA-262) `$` is the very end; here it would be before a last line end too.
            let regex = try NSRegularExpression(pattern: pattern.replacing("$", with: #"\z"#))
            return regex.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
        }
        #expect(try fits("name") == StreamName.isValid(text))
        #expect(try fits("scope") == (StreamName.isValidScope(text) && !text.contains("/")))
        #expect(try fits("streamGuid") == (StreamName.isValid(text) && text.contains("/")))
    }

    @Test("parameters that go together are one object of it, and two rows of the page")
    func together() async throws {
        let document = try await Self.document()
        let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        let subscribe = try #require(paths["/as/v1/streams/{scope}/{name}/subscribe"]?["get"])
        let parameters = try #require(subscribe["parameters"] as? [[String: Any]])
        let names = parameters.compactMap { $0["name"] as? String }
        #expect(names.filter { ["place", "lat", "lon"].contains($0) } == ["place"])
        let place = try #require(parameters.first { $0["name"] as? String == "place" })
        #expect(place["style"] as? String == "form" && place["explode"] as? Bool == true)
        let choices = try #require((place["schema"] as? [String: Any])?["anyOf"] as? [[String: Any]])
        #expect((choices.first?["required"] as? [String])?.sorted() == ["lat", "lon"])
        let page = String(decoding: try await Self.get("/docs").body, as: UTF8.self)
        #expect(page.contains("<code>lat</code></td>") && page.contains("<code>lon</code></td>"))
    }

    @Test("a parameter that is not in it is refused, with the one that is near")
    func strict() async throws {
        let api = try await TestAPI()
        let answer = await api.handler.respond(
            to: HTTPRequest(.get, "/as/v1/events?limt=3", headers: [try api.bearer(.viewer)]))
        #expect(answer.status == 400)
        #expect(String(decoding: answer.body, as: UTF8.self).contains("did you mean 'limit'?"))
    }

    @Test("the page shows every route, and fetches nothing")
    func page() async throws {
        let response = try await Self.get("/docs")
        let page = String(decoding: response.body, as: UTF8.self)
        for route in try await TestAPI().handler.table.routes {
            #expect(page.contains(route.summary), "\(route.pattern)")
        }
        #expect(!page.contains("<script") && !page.contains("src=") && !page.contains("http://"))
        #expect(response.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
        // What it links to within itself is there.
        for link in page.matches(of: /href="#([^"]+)"/).map({ String($0.1) }) {
            #expect(page.contains("id=\"\(link)\""), "\(link)")
        }
    }

    @Test("a method that no route has is refused by the path's own")
    func trace() async throws {
        let answer = await (try await TestAPI()).handler.respond(to: HTTPRequest(.trace, "/healthz"))
        #expect(answer.status == 405 && answer.header("Allow") == "GET, HEAD, OPTIONS")
    }
}
