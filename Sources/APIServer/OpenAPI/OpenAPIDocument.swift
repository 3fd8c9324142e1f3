internal import Reconciler

/// The description of the API in OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), made of the route table: what is not routed is not in it,
/// and what is routed cannot be left out.
package enum OpenAPIDocument {
    /// The document as JSON text.
    package static func json(_ routes: [Route], version: String) -> String { value(routes, version).pretty + "\n" }

    private static let problemType = "application/problem+json"

    static func value(_ routes: [Route], _ version: String) -> SchemaValue {
        var paths: [(path: String, operations: [SchemaValue.Member])] = []
        for route in routes {
            let operation = SchemaValue.Member(key: route.method.rawValue.lowercased(), value: operation(route))
            if let index = paths.firstIndex(where: { $0.path == route.templatePath }) {
                paths[index].operations.append(operation)
            } else {
                paths.append((route.templatePath, [operation]))
            }
        }
        let sections = RouteDocument.Section.allCases.filter { section in
            routes.contains { $0.document.section == section }
        }
        return [
            "openapi": "3.1.1",
            "info": [
                "title": "smreconcile", "version": .string(version),
                "summary": "The control plane of a live-streaming cluster.",
                "description":
                    "Which media node to publish to and to subscribe at, and everything about the nodes that there are. Errors are problems (RFC 9457), with `error` and `errorMessage` for older clients.",
            ],
            "tags": .array(
                sections.map { ["name": .string($0.rawValue), "description": .string($0.help)] }),
            "paths": .object(paths.map { .init(key: $0.path, value: .object($0.operations)) }),
            "components": [
                "schemas": .object(APISchemas.components),
                "responses": ["Problem": problem("Something is wrong; `detail` says what, and what to do.")],
                "securitySchemes": [
                    "token": [
                        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                        "description": "A token from `POST /as/v1/auth/login`.",
                    ]
                ],
            ],
        ]
    }

    private static func operation(_ route: Route) -> SchemaValue {
        let document = route.document
        var members: [SchemaValue.Member] = [
            .init(key: "operationId", value: .string(operationID(route))),
            .init(key: "summary", value: .string(route.summary)),
            .init(key: "tags", value: [.string(document.section.rawValue)]),
        ]
        if let roles = route.access.roles {
            members.append(.init(key: "description", value: .string("Roles: \(roles.names).")))
            members.append(.init(key: "security", value: [["token": []]]))
        }
        let parameters =
            route.captureNames.map { capture($0.name, $0.isRest, document.section) }
            + queries(document.parameters ?? [])
        if !parameters.isEmpty { members.append(.init(key: "parameters", value: .array(parameters))) }
        if let body = document.body {
            var media = SchemaValue.object([.init(key: "schema", value: body.schema)])
            if let example = body.example { media = media.with(["example": example]) }
            members.append(
                .init(
                    key: "requestBody",
                    value: [
                        "required": .boolean(body.isRequired),
                        "content": .object(body.contentTypes.map { .init(key: $0, value: media) }),
                    ]))
        }
        members.append(.init(key: "responses", value: .object(responses(route))))
        return .object(members)
    }

    private static func responses(_ route: Route) -> [SchemaValue.Member] {
        var members = route.document.answers.map { answer in
            SchemaValue.Member(key: "\(answer.status)", value: response(answer))
        }
        var problems = route.document.problems
        if let roles = route.access.roles {
            problems.append((401, "There is no token, or it is not good."))
            problems.append((403, "The token has none of the roles \(roles.names)."))
        }
        if let body = route.document.body, body.contentTypes.contains(MediaType.json) {
            problems.append((415, "The body is of another type than \(body.contentTypes.joined(separator: " or "))."))
        }
        for (status, help) in problems.sorted(by: { $0.status < $1.status }) {
            members.append(.init(key: "\(status)", value: problem(help)))
        }
        members.append(.init(key: "default", value: ["$ref": "#/components/responses/Problem"]))
        return members
    }

    private static func response(_ answer: RouteDocument.Answer) -> SchemaValue {
        var members: [SchemaValue.Member] = [.init(key: "description", value: .string(answer.help))]
        if !answer.headers.isEmpty {
            members.append(
                .init(
                    key: "headers",
                    value: .object(
                        answer.headers.map {
                            .init(key: $0.name, value: ["description": .string($0.help), "schema": ["type": "string"]])
                        })))
        }
        if let type = answer.contentType, let schema = answer.schema {
            var media = SchemaValue.object([.init(key: "schema", value: schema)])
            if let example = answer.example { media = media.with(["example": example]) }
            let others = answer.others.map {
                SchemaValue.Member(key: $0.contentType, value: ["schema": $0.schema])
            }
            members.append(.init(key: "content", value: .object([.init(key: type, value: media)] + others)))
        }
        return .object(members)
    }

    private static func problem(_ help: String) -> SchemaValue {
        [
            "description": .string(help),
            "content": .object([.init(key: problemType, value: ["schema": APISchemas.reference("Problem")])]),
        ]
    }

    private static func capture(
        _ name: String, _ isRest: Bool, _ section: RouteDocument.Section
    ) -> SchemaValue {
        let known = APISchemas.capture(name, in: section)
        return [
            "name": .string(name), "in": "path", "required": true,
            "description": .string(known.help + (isRest ? " It may hold slashes." : "")), "schema": known.schema,
            "example": known.example,
        ]
    }

    private static func queries(_ parameters: [RouteDocument.Parameter]) -> [SchemaValue] {
        var groups: Set<String> = []
        return parameters.compactMap { parameter in
            guard let name = parameter.together else { return query(parameter) }
            guard groups.insert(name).inserted else { return nil }
            return query(name, of: parameters.filter { $0.together == name })
        }
    }

    /// Parameters that go together, as OpenAPI can say it: one object whose fields are parameters.
    private static func query(_ name: String, of parts: [RouteDocument.Parameter]) -> SchemaValue {
        let fields = parts.map { SchemaField(name: $0.name, schema: $0.schema.with(["description": .string($0.help)])) }
        let none = SchemaValue.record([], isClosed: true).with(["maxProperties": 0])
        return [
            "name": .string(name), "in": "query", "required": false, "style": "form", "explode": true,
            "description": .string("\(parts.map { "`\($0.name)`" }.joined(separator: " and ")): all of them, or none."),
            "schema": ["anyOf": [.record(fields, isClosed: true), none]],
            "example": .object(
                parts.compactMap { part in part.example.map { .init(key: part.name, value: $0) } }),
        ]
    }

    private static func query(_ parameter: RouteDocument.Parameter) -> SchemaValue {
        let base: SchemaValue = [
            "name": .string(parameter.name), "in": "query", "required": .boolean(parameter.isRequired),
            "description": .string(parameter.help), "schema": parameter.schema,
        ]
        return parameter.example.map { base.with(["example": $0]) } ?? base
    }

    /// `getNodegroupsName`: from the method and the words of the path.
    private static func operationID(_ route: Route) -> String {
        let words = route.templatePath.split { !$0.isLetter && !$0.isNumber }.filter { !["as", "v1"].contains($0) }
        return route.method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
