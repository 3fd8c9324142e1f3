internal import Reconciler

/// What the documentation says of a route beside its line in the table. Parameters are no mere words: where they are told, no other
/// is let through to the route.
struct RouteDocument: Sendable {
    /// A parameter of the query.
    struct Parameter: Sendable {
        /// As it is written.
        var name: String
        /// JSON Schema of its value.
        var schema: SchemaValue
        /// What it does, in a sentence.
        var help: String
        /// Whether a request without it is refused.
        var isRequired = false
        /// A value that works.
        var example: SchemaValue?
        /// Parameters of the same word here are all there, or none of them is; nil: it stands alone.
        var together: String?
    }

    /// The body of a request.
    struct Body: Sendable {
        /// Media types that it may have.
        var contentTypes: [String]
        /// JSON Schema of it.
        var schema: SchemaValue
        /// Whether a request without it is refused.
        var isRequired: Bool
        /// One that works.
        var example: SchemaValue?
    }

    /// One answer that is no problem.
    struct Answer: Sendable {
        /// Its HTTP status.
        var status: Int
        /// What it means, in a sentence.
        var help: String
        /// Of its body; nil for none.
        var contentType: String?
        /// JSON Schema of its body.
        var schema: SchemaValue?
        /// One as it was seen.
        var example: SchemaValue?
        /// Further media types that it may have.
        var others: [(contentType: String, schema: SchemaValue)] = []
        /// Header fields that it may have, with what they say.
        var headers: [(name: String, help: String)] = []
    }

    /// The part of the documentation that it is in.
    var section = Section.service
    /// Of the query; nil: not told, and the route itself looks at them.
    var parameters: [Parameter]?
    /// Unknown parameters are borne: of clients that send more than they need.
    var bearsUnknown = false
    /// The body; nil: none is taken.
    var body: Body?
    /// What comes where all goes well.
    var answers: [Answer] = []
    /// Statuses of problems that are worth a word, with it.
    var problems: [(status: Int, help: String)] = []

    /// The parts of the documentation, in their order.
    enum Section: String, Sendable, CaseIterable {
        case streams = "Streams"
        case nodeGroups = "Node groups"
        case nodes = "Nodes"
        case provisions = "Provisions"
        case control = "Plan and events"
        case identity = "Users and tokens"
        case product = "Stream manager compatibility"
        case service = "The service itself"

        /// What is in it, in a sentence.
        var help: String {
            switch self {
            case .streams: "Where to publish, where to subscribe, and what is live."
            case .nodeGroups: "What should be, what there is of it, and what people set by hand."
            case .nodes: "The media nodes, what they report, and what people tell them."
            case .provisions: "What is said about streams before they exist."
            case .control: "What the control loop sees, plans and did."
            case .identity: "Logging in, users, tokens and who did what."
            case .product: "The paths that clients of the stream manager use which this API stands in for."
            case .service: "Health, keys, metrics and this documentation."
            }
        }
    }
}

extension Route {
    /// The part of the documentation that it is in.
    func `in`(_ section: RouteDocument.Section) -> Route { with { $0.section = section } }

    /// A list of parameters of its query; others are refused.
    func query(_ parameters: [RouteDocument.Parameter]) -> Route { with { $0.parameters = parameters } }

    /// The parameters of its query; others are refused.
    func query(_ parameters: RouteDocument.Parameter...) -> Route { with { $0.parameters = parameters } }

    /// The parameters of its query; others are borne.
    func query(bearingUnknown parameters: [RouteDocument.Parameter]) -> Route {
        with {
            $0.parameters = parameters
            $0.bearsUnknown = true
        }
    }

    /// Its body.
    func body(
        _ schema: SchemaValue, _ contentTypes: [String] = ["application/json"], required: Bool = true,
        example: SchemaValue? = nil
    ) -> Route {
        with { $0.body = .init(contentTypes: contentTypes, schema: schema, isRequired: required, example: example) }
    }

    /// Its body, a form; nil: none.
    func form(_ schema: SchemaValue?, example: SchemaValue) -> Route {
        guard let schema else { return self }
        return body(schema, ["application/x-www-form-urlencoded"], example: example)
    }

    /// Another media type of the answer before.
    func alsoAnswers(_ contentType: String, _ schema: SchemaValue) -> Route {
        with { document in
            let last = document.answers.indices.last
            if let last { document.answers[last].others.append((contentType, schema)) }
        }
    }

    /// An answer with a body.
    func answers(
        _ schema: SchemaValue, _ help: String, status: Int = 200, contentType: String = "application/json",
        headers: [(name: String, help: String)] = [], example: SchemaValue? = nil
    ) -> Route {
        with {
            $0.answers.append(
                .init(
                    status: status, help: help, contentType: contentType, schema: schema, example: example,
                    headers: headers))
        }
    }

    /// An answer without a body.
    func answersEmpty(_ status: Int, _ help: String) -> Route {
        with { $0.answers.append(.init(status: status, help: help)) }
    }

    /// A problem that is worth a word.
    func fails(_ status: Int, _ help: String) -> Route { with { $0.problems.append((status, help)) } }

    private func with(_ change: (inout RouteDocument) -> Void) -> Route {
        var route = self
        change(&route.document)
        return route
    }

    /// The names of the captured parts of its path, in their order; `isRest` for one that may hold slashes.
    var captureNames: [(name: String, isRest: Bool)] {
        pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
            let name = segment.dropFirst().dropLast()
            return name.hasSuffix("...") ? (String(name.dropLast(3)), true) : (String(name), false)
        }
    }

    /// Its path as OpenAPI writes it, where a captured part never holds slashes, or as if it did not.
    var templatePath: String { pattern.replacing("...}", with: "}") }
}

extension RouteDocument.Parameter {
    /// A text.
    static func text(
        _ name: String, _ help: String, required: Bool = false, example: SchemaValue? = nil,
        lengths: ClosedRange<Int>? = nil
    ) -> Self {
        var schema: SchemaValue = ["type": "string"]
        if let lengths {
            schema = schema.with(["minLength": .integer(lengths.lowerBound), "maxLength": .integer(lengths.upperBound)])
        }
        return Self(name: name, schema: schema, help: help, isRequired: required, example: example)
    }

    /// A moment (RFC 3339).
    static func time(_ name: String, _ help: String, example: SchemaValue) -> Self {
        Self(name: name, schema: ["type": "string", "format": "date-time"], help: help, example: example)
    }

    /// Some of these words, in lower or upper case, with commas.
    static func words(_ name: String, _ words: [String], _ help: String, example: SchemaValue) -> Self {
        let one = "(\((words.map { $0.lowercased() } + words.map { $0.uppercased() }).joined(separator: "|")))"
        return Self(
            name: name, schema: ["type": "string", "pattern": .string("^(\(one)(,\(one))*)?$")], help: help,
            example: example)
    }

    /// One of some words.
    static func word(_ name: String, _ words: [String], _ help: String, required: Bool = false) -> Self {
        Self(
            name: name, schema: ["type": "string", "enum": .array(words.map { .string($0) })], help: help,
            isRequired: required, example: words.first.map { .string($0) })
    }

    /// `true` or `false`.
    static func flag(_ name: String, _ help: String, default absent: Bool = false) -> Self {
        Self(name: name, schema: ["type": "boolean", "default": .boolean(absent)], help: help)
    }

    /// A whole number.
    static func integer(
        _ name: String, _ range: ClosedRange<Int64>, _ help: String, required: Bool = false,
        example: SchemaValue? = nil
    ) -> Self {
        Self(
            name: name,
            schema: [
                "type": "integer", "minimum": .integer(Int(range.lowerBound)),
                "maximum": .integer(Int(range.upperBound)),
            ], help: help, isRequired: required, example: example)
    }

    /// A number.
    static func number(
        _ name: String, _ range: ClosedRange<Double>, _ help: String, example: SchemaValue, together: String? = nil
    ) -> Self {
        Self(
            name: name,
            schema: ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)],
            help: help, example: example, together: together)
    }
}
