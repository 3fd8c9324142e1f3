extension Shape where Value == WebhookSpec {
    /// `webhooks` of the manager.
    static let webhooks = webhook.list().map { hooks, node, context -> [WebhookSpec]? in
        var names: Set<String> = []
        for element in node.elements {
            guard let name = element["name"]?.text, !names.insert(name).inserted else { continue }
            context.conflict("webhook '\(name)' is there twice", at: element.nearest("name"))
        }
        return hooks
    }

    private static let webhook = Shape.object("webhook", nameKey: "name", make: { WebhookSpec() }) { fields in
        fields.add("name", .name("webhook"), "Unique among the webhooks.", example: "ops", required: true) {
            $0.name = $1
        }
        fields.add(
            "url", .webAddress, "Where events are posted.", example: "https://ops.example.org/hooks/smreconcile",
            required: true, synonyms: ["endpoint", "target"]
        ) {
            $0.url = $1
        }
        fields.add(
            "events", Shape<String>.eventReason.list(atLeast: 1),
            "Reasons of events such as NodeFault, or Node* for all that begin so; default: all.",
            example: ["Node*", "SpecRefused"],
            synonyms: ["reasons", "types", "event"]
        ) { $0.events = $1 }
        fields.add(
            "level", Shape<Event.Level>.oneOf("level"), "Events below it are not sent.", default: "info",
            example: "warning",
            synonyms: ["minLevel", "severity"]
        ) { $0.level = $1 }
        fields.add(
            "nodeGroups", Shape<String>.name("node group").list(atLeast: 1),
            "Only events about these node groups and their nodes; default: about anything.", example: ["live"],
            synonyms: ["nodegroups", "groups"]
        ) { $0.nodeGroups = $1 }
        fields.add(
            "secretFile", .path, "A file with the secret that signs, or while it is changed with two.",
            example: "/etc/smreconcile/ops.secret",
            synonyms: ["secret", "secretPath"]
        ) { $0.secret = .file($1) }
        fields.add(
            "secretEnv", Shape<String>.variable, "A variable of the manager's environment with the same.",
            example: "OPS_SECRET",
            synonyms: ["secretVariable", "secretEnvironment"]
        ) { $0.secret = .variable($1) }
        fields.add(
            "format", Shape<WebhookSpec.Format>.oneOf("format"),
            "event: JSON as Standard Webhooks has it; chat: {\"text\": …} for Slack and the like.", default: "event",
            example: "chat"
        ) { $0.format = $1 }
        fields.add(
            "ca", .path, "A PEM file with authorities that are believed beside the system's.",
            example: "/etc/smreconcile/ca.pem"
        ) {
            $0.authorities = $1
        }
        fields.add(
            "timeout", .duration(.seconds(1) ... .seconds(60)), "For one attempt.", default: "10s", example: "5s"
        ) { $0.timeout = $1 }
        fields.add(
            "maxAge", .duration(.seconds(60) ... .seconds(30 * 86_400)),
            "An event that waits longer is dropped.", default: "24h", example: "1h"
        ) { $0.maxAge = $1 }
        fields.add(
            "maxBacklog", .integer(1...100_000), "Of more events that wait the oldest are dropped.", default: 10000,
            example: 1000,
            synonyms: ["backlog", "queue"]
        ) { $0.maxBacklog = $1 }
    } check: { _, node, context in
        if let other = node.key("secretFile"), let key = node.key("secretEnv") {
            context.conflict(
                "secretFile and secretEnv: there is one place of the secret", at: key, with: other,
                suggestion: "take one of them out")
        }
        if let url = node["url"]?.text, WebhookSpec.hasCredentials(url) {
            context.conflict(
                "a user and a password in a URL would be shown where it is", at: node.nearest("url"),
                suggestion: "name a secretFile: deliveries are signed by it")
        }
    }
}

extension WebhookSpec {
    /// Whether the part of a URL that names the host has a user in front.
    static func hasCredentials(_ url: String) -> Bool {
        url.split(separator: "/", maxSplits: 2).dropFirst().first.map { rest in
            rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.contains("@")
        } ?? false
    }
}

extension Shape where Value == String {
    /// A reason of events, or the beginning of some with a `*`.
    static let eventReason = Shape([
        "title": "reason of an event, with * for any letters", "type": "string", "pattern": "^[A-Za-z*]{1,64}$",
    ]) { node, context in
        guard let text = node.text, !node.isNull, (1...64).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({ $0 == "*" || $0.isASCII && $0.properties.isAlphabetic })
        else {
            context.expected("the reason of an event such as NodeFault, or Node* for all that begin so", node)
            return nil
        }
        return text
    }
}
