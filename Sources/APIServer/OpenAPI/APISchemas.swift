internal import Reconciler

/// The named schemas of the API: what answers and bodies are made of.
enum APISchemas {
    /// All of them, by name, in the order of the documentation.
    static let components: [SchemaValue.Member] =
        [member("Problem", problem)] + streams + nodes + groups + control + status + provisions + identity
        + ProductDocuments.components + specs

    /// A reference to one of them.
    static func reference(_ name: String) -> SchemaValue { ["$ref": .string("#/components/schemas/\(name)")] }

    /// One of them with its name.
    static func member(_ name: String, _ schema: SchemaValue) -> SchemaValue.Member { .init(key: name, value: schema) }

    private static let problem = SchemaValue.record(
        [
            .text("type"), .text("title", "The name of the status."), .integer("status"),
            .text("detail", "What is wrong, and what to do."),
            .text("error", "The same as `detail`, for older clients."),
            .text("errorMessage", "The same as `detail`, for older clients."),
            .text("instance", "The path of the request."), .text("requestId", "The request's name in the log."),
            .texts("troubles", "Further troubles, each in a sentence.").optional,
        ], "A problem (RFC 9457).")

    /// The document of a node group and the State document, from the tables that their readers go by.
    private static let specs: [SchemaValue.Member] = {
        let group = SpecSchema.nodeGroup
        let state = StateSchema.value
        func within(_ owner: String, _ schema: SchemaValue) -> SchemaValue {
            schema.leading { "#/components/schemas/\(owner).\($0)" }
        }
        var members = [member("NodeGroupDocument", within("NodeGroupDocument", group.schema))]
        members += group.definitions.map {
            member("NodeGroupDocument.\($0.key)", withoutCommands(within("NodeGroupDocument", $0.value)))
        }
        members.append(member("State", within("State", state.without("$schema", "$defs"))))
        if case .object(let definitions) = state["$defs"] {
            members += definitions.map { member("State.\($0.key)", within("State", $0.value)) }
        }
        return members
    }()

    /// A schema without probes by `command`: what comes over the API may start no program on the manager's machine.
    private static func withoutCommands(_ schema: SchemaValue) -> SchemaValue {
        let command: SchemaValue = ["required": ["command"]]
        switch schema {
        case .array(let values): return .array(values.filter { $0 != command }.map(withoutCommands))
        case .object(let members):
            let isProbe =
                if case .array(let checks)? = schema["oneOf"] { checks.contains(command) } else { false }
            return .object(
                members.map { member in
                    let value = isProbe && member.key == "properties" ? member.value.without("command") : member.value
                    return .init(key: member.key, value: withoutCommands(value))
                })
        case .string, .integer, .number, .boolean: return schema
        }
    }

    /// For a pattern: every sign but those that ``StreamName/hasControls(_:)`` finds, and further ones.
    static let withoutControls = #"^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"#

    /// Of a name by ``StreamName/isValid(_:)``.
    private static let segment = #"(?!\.{1,2}(/|$))["# + withoutControls + "/]+"

    /// What is known of a captured part of a path, which may have the name of another in another section. The examples are of the quickstart
    /// where it has such a thing.
    static func capture(
        _ name: String, in section: RouteDocument.Section
    ) -> (help: String, schema: SchemaValue, example: SchemaValue) {
        let text = SchemaValue.text
        switch name {
        case "name" where section == .nodeGroups:
            return ("The name of the node group.", text.with(["minLength": 1]), "live")
        case "name" where section == .identity:
            return ("The name of the user or of the token.", text.with(["minLength": 1]), "encoder-7")
        case "id" where section == .identity:
            return ("The id of the session.", text.with(["minLength": 1]), "XNOuJDIAa_m0ZP7S")
        case "scope":
            let schema = text.with(["minLength": 1, "maxLength": 64, "pattern": .string("^\(segment)$")])
            return ("The scope of the stream.", schema, "live")
        case "name", "stream":
            let schema = text.with([
                "minLength": 1, "maxLength": 256, "pattern": .string("^\(segment)(/\(segment))*$"),
            ])
            return ("The name.", schema, "a")
        case "streamGuid":
            let schema = text.with([
                "minLength": 3, "maxLength": 256, "pattern": .string("^\(segment)(/\(segment))+$"),
            ])
            return ("The stream: its scope, a slash and its name.", schema, "live/a")
        case "id", "node": return ("The id of the node.", text.with(["minLength": 1]), "live-edge-1")
        case "subGroup":
            return ("The name of the sub group, which is a region.", text.with(["minLength": 1]), "us-east")
        case "role": return ("The name of the role.", text.with(["minLength": 1]), "edge")
        case "webhook": return ("The name of the webhook.", text.with(["minLength": 1]), "ops")
        case "group", "base": return ("The name of the node group.", text.with(["minLength": 1]), "live")
        case "guid": return ("The name of the stream or provision, scope first.", text.with(["minLength": 1]), "live/a")
        default: return ("The \(name).", text.with(["minLength": 1]), "a")
        }
    }
}
