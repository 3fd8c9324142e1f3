internal import Reconciler

extension APISchemas {
    /// Provisions.
    static let provisions: [SchemaValue.Member] = [
        member(
            "ProvisionRequest",
            .record(
                [
                    .any("provisionGuid", ["type": "string", "minLength": 3, "maxLength": 256]),
                    .any(
                        "credentials",
                        [
                            "anyOf": [
                                ["type": "null"],
                                .record([.any("username", secret), .any("password", secret)], isClosed: true),
                                .record([.any("token", secret)], isClosed: true),
                            ]
                        ]
                    ).optional,
                    .any(
                        "geoRules",
                        [
                            "anyOf": [
                                ["type": "null"],
                                .record([
                                    .any(
                                        "regions",
                                        ["type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1]),
                                    .flag("restricted").optional,
                                ]),
                            ]
                        ], "`regions`, and whether they are the only ones (`restricted`: those that are not)."
                    ).optional,
                    .any("capabilities", ["type": ["array", "null"], "items": .text]).optional,
                    .any(
                        "streams",
                        [
                            "type": "array", "minItems": 1,
                            "items": .record([
                                .any("streamGuid", ["type": "string", "minLength": 3, "maxLength": 1024]),
                                .any("abrLevel", ["type": "integer", "minimum": 0]).optional,
                                .text("destUri").optional, .any("videoParams", ["type": "object"]).optional,
                            ]),
                        ]),
                ], "What is said about streams before they exist.")),
        member(
            "Provision",
            .record([
                .text("provisionGuid"), .text("nodeGroup"), .any("credentials", ["type": "object"]).optional,
                .any("geoRules", ["type": "object"]).optional, .texts("capabilities").optional,
                .list("streams", of: ["type": "object"]), .any("distribution", ["type": "object"]).optional,
            ])),
        member(
            "ProvisionPlace",
            .record([
                .text("streamGuid"), .text("serverAddress"), .text("nodeRole"), .text("subGroup"), .text("nodeState"),
                .integer("subscribers"), .integer("abrLevel"), .text("nodeId"),
            ])),
    ]

    /// A text without what ``StreamName/hasControls(_:)`` finds.
    private static let secret: SchemaValue = [
        "type": "string", "minLength": 1, "maxLength": 1024, "pattern": .string("^[\(withoutControls)]+$"),
    ]
}
