internal import Reconciler

/// The API's description as one page of HTML, without scripts and without anything from elsewhere: it works offline.
enum ReferencePage {
    /// The whole page.
    static func html(_ routes: [Route], version: String) -> String {
        let sections = RouteDocument.Section.allCases.compactMap { section -> (RouteDocument.Section, [Route])? in
            let own = routes.filter { $0.document.section == section }.sorted {
                ($0.templatePath, order($0)) < ($1.templatePath, order($1))
            }
            return own.isEmpty ? nil : (section, own)
        }
        var page = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>smreconcile API \(escaped(version))</title><style>\(ReferenceStyle.css)</style></head><body>
            <nav aria-label="Contents"><h1>smreconcile <small>API \(escaped(version))</small></h1>

            """
        for (section, own) in sections {
            page += "<h2><a href=\"#\(anchor(section.rawValue))\">\(escaped(section.rawValue))</a></h2><ul>\n"
            for route in own {
                page += "<li><a href=\"#\(anchor(of: route))\">\(badge(route)) <code>\(path(route))</code></a></li>\n"
            }
            page += "</ul>\n"
        }
        page += "</nav><main>\n" + introduction
        for (section, own) in sections {
            page += "<section><h2 id=\"\(anchor(section.rawValue))\">\(escaped(section.rawValue))</h2>"
            page += "<p>\(prose(section.help))</p>\n"
            for route in own { page += operation(route) }
            page += "</section>\n"
        }
        page += "<section><h2 id=\"schemas\">Schemas</h2><p>What bodies and answers are made of.</p>\n"
        for schema in APISchemas.components {
            page +=
                "<details id=\"schema-\(escaped(schema.key))\"><summary><code>\(escaped(schema.key))</code></summary>"
            page += "<pre>\(linked(schema.value.pretty))</pre></details>\n"
        }
        return page + "</section></main></body></html>\n"
    }

    /// Looking first, then making, changing and deleting.
    private static func order(_ route: Route) -> Int {
        [HTTPMethod.get, .post, .put, .patch, .delete].firstIndex(of: route.method) ?? .max
    }

    private static let introduction = """
        <p>Send <code>Authorization: Bearer TOKEN</code> with a token from <a href="#post-as-v1-auth-login">POST
        /as/v1/auth/login</a>. Bodies and answers are JSON unless said otherwise. Errors are
        <a href="#schema-Problem">problems</a> (RFC 9457) with a <code>detail</code> that says what to do. Every answer has an
        <code>X-Request-Id</code>, under which it is in the log; send your own and it is kept. The same for programs:
        <a href="/as/v1/openapi.json">openapi.json</a>.</p>

        """

    private static func operation(_ route: Route) -> String {
        let document = route.document
        var html = "<article id=\"\(anchor(of: route))\"><h3>\(badge(route)) <code>\(path(route))</code></h3>\n"
        html += "<p>\(prose(route.summary)).</p>"
        html += "<p class=\"roles\">\(route.access.roles.map { "For \(escaped($0.names))." } ?? "For anyone.")</p>\n"
        let rows =
            route.captureNames.map { capture in
                let known = APISchemas.capture(capture.name, in: document.section)
                return row(capture.name, "path", known.schema, known.help)
            }
            + (document.parameters ?? []).map { parameter in
                row(parameter.name, parameter.isRequired ? "query, needed" : "query", parameter.schema, parameter.help)
            }
        if !rows.isEmpty {
            html += "<table><thead><tr><th>Parameter</th><th>In</th><th>Value</th><th></th></tr></thead><tbody>"
            html += rows.joined() + "</tbody></table>\n"
        }
        if let body = document.body {
            let types = body.contentTypes.map { "<code>\(escaped($0))</code>" }.joined(separator: " or ")
            html += "<h4>Body</h4><p>\(types)\(body.isRequired ? "" : ", or none"): \(schema(body.schema))</p>"
            if let example = body.example { html += "<pre>\(escaped(example.pretty))</pre>" }
        }
        html += "<h4>Answers</h4><dl>"
        for answer in document.answers {
            let types = [answer.contentType].compactMap { $0 } + answer.others.map(\.contentType)
            let kind = types.map { "<code>\(escaped($0))</code>" }.joined(separator: ", ")
            let value = answer.schema.map { ": \(schema($0))" } ?? ""
            html += "<dt>\(answer.status)</dt><dd>\(prose(answer.help)) \(kind)\(kind.isEmpty ? "" : value)"
            for header in answer.headers {
                html += "<br><code>\(escaped(header.name))</code>: \(prose(header.help))"
            }
            if let example = answer.example { html += "<pre>\(escaped(example.pretty))</pre>" }
            html += "</dd>"
        }
        for problem in document.problems.sorted(by: { $0.status < $1.status }) {
            html += "<dt>\(problem.status)</dt><dd>\(prose(problem.help))</dd>"
        }
        return html + "</dl></article>\n"
    }

    private static func row(_ name: String, _ place: String, _ value: SchemaValue, _ help: String) -> String {
        "<tr><td><code>\(escaped(name))</code></td><td>\(place)</td><td>\(schema(value))</td><td>\(prose(help))</td></tr>"
    }

    /// A schema in a few words.
    private static func schema(_ value: SchemaValue) -> String {
        if case .string(let target)? = value["$ref"], let name = target.split(separator: "/").last {
            return "<a href=\"#schema-\(escaped(String(name)))\">\(escaped(String(name)))</a>"
        }
        if case .array(let words)? = value["enum"] {
            let texts = words.map { if case .string(let text) = $0 { text } else { $0.pretty } }
            return texts.map { "<code>\(escaped($0))</code>" }.joined(separator: ", ")
        }
        for key in ["anyOf", "oneOf"] {
            if case .array(let choices)? = value[key] { return choices.map(schema).joined(separator: " or ") }
        }
        if let items = value["items"] { return "list of \(schema(items))" }
        if let least = value["minimum"], let most = value["maximum"] {
            let kind = value["type"] == .string("integer") ? "whole number" : "number"
            return "\(kind) from \(escaped(least.pretty)) to \(escaped(most.pretty))"
        }
        if case .object(let fields)? = value["properties"] {
            return "{ " + fields.map { "<code>\(escaped($0.key))</code>" }.joined(separator: ", ") + " }"
        }
        if case .string(let type)? = value["type"] { return type == "string" ? "text" : escaped(type) }
        return "anything"
    }

    /// JSON with its references as links.
    private static func linked(_ json: String) -> String {
        let sign = "#/components/schemas/"
        var (html, rest) = ("", json[...])
        while let found = rest.firstRange(of: "\"\(sign)") {
            html += escaped(String(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
            let name = String(rest.prefix { $0 != "\"" })
            html += "\"<a href=\"#schema-\(escaped(name))\">\(escaped(name))</a>"
            rest = rest.dropFirst(name.count)
        }
        return html + escaped(String(rest))
    }

    private static func badge(_ route: Route) -> String {
        "<b class=\"\(route.method.rawValue.lowercased())\">\(route.method.rawValue)</b>"
    }

    private static func path(_ route: Route) -> String {
        escaped(route.templatePath).replacing("{", with: "<i>{").replacing("}", with: "}</i>")
    }

    private static func anchor(of route: Route) -> String { anchor("\(route.method.rawValue) \(route.templatePath)") }

    private static func anchor(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: "-")
    }

    /// A sentence, with what stands between backquotes as code.
    private static func prose(_ text: String) -> String {
        escaped(text).split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
            index.isMultiple(of: 2) ? String(part) : "<code>\(part)</code>"
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
