internal import Reconciler

extension APISchemas {
    /// Provisions.
    static let provisions: [SchemaValue.Member] = [
        member(
            "ProvisionRequest",
            .record(
                [
                    .any(
                        "provisionGuid", ["type": "string", "minLength": 3, "maxLength": 256, "examples": ["live/a"]]),
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
                                        [
                                            "type": "array", "items": ["type": "string", "minLength": 1], "minItems": 1,
                                        ], "Names of regions and zones."),
                                    .flag("restricted").optional,
                                ]),
                            ], "examples": [["regions": ["us-east"]]],
                        ], "`regions`, and whether they are the only ones (`restricted`: those that are not)."
                    ).optional,
                    .any("capabilities", ["type": ["array", "null"], "items": .text, "examples": [["PUBLISH"]]])
                        .optional,
                    .any(
                        "streams",
                        [
                            "type": "array", "minItems": 1,
                            "items": .record([
                                .any(
                                    "streamGuid",
                                    [
                                        "type": "string", "minLength": 3, "maxLength": 1024, "pattern": "[^/]/[^/]",
                                        "examples": ["live/a_1"],
                                    ], "Its scope, a slash and its name."),
                                .any("abrLevel", ["type": "integer", "minimum": 0]).optional,
                                .integer("qos").orNull.optional,
                                .any(
                                    "destUri", secret.without("maxLength").with(["maxLength": 4096]),
                                    "Where else the stream is sent."
                                ).orNull.optional,
                                .any("videoParams", videoParams, "Of the encoder.").orNull.optional,
                                object("groupParams"), object("camParams"), object("cloudParams"),
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

    private static func object(_ name: String) -> SchemaField {
        .any(name, ["type": "object"], "Kept as it is.").orNull.optional
    }

    private static let videoParams = SchemaValue.record(
        ProvisionReader.videoBounds.sorted { $0.key < $1.key }.map { name, bounds in
            .any(
                name,
                [
                    "type": "integer", "minimum": .integer(bounds.lowerBound), "maximum": .integer(bounds.upperBound),
                ]
            ).optional
        })

    /// A text without what ``StreamName/hasControls(_:)`` finds.
    private static let secret: SchemaValue = [
        "type": "string", "minLength": 1, "maxLength": 1024, "pattern": .string("^[\(withoutControls)]+$"),
    ]
}
