extension Shape where Value == RoutingSpec {
    /// `routing` of a role.
    static let routing = Shape.object("routing", make: { RoutingSpec() }) { fields in
        fields.add(
            "strategy", Shape<RoutingSpec.Strategy>.oneOf("strategy"),
            "spread: the less loaded of two that are drawn; pack: the fullest under its soft limit, so that others become empty.",
            default: "spread", example: "pack",
            synonyms: ["algorithm", "selection"]
        ) { $0.strategy = $1 }
        fields.add(
            "softLimit", .percent(1...100),
            "Of the capacity; when every node of a region is there, the next region with one below it gets the clients.",
            default: "100%", example: "80%",
            synonyms: ["softCapacity"]
        ) { $0.softLimit = $1 }
        fields.add(
            "affinity", .percent(0...100),
            "Of the capacity; so much fuller a node that carries the stream already may be and still get its viewer. 0%: no preference.",
            default: "10%", example: "0%",
            synonyms: ["streamAffinity", "stickiness"]
        ) { $0.affinity = $1 }
        fields.add(
            "onDuplicate", Shape<RoutingSpec.OnDuplicate>.oneOf("onDuplicate"),
            "A second publisher of a live stream: sameNode sends it there, too; reject refuses it.",
            default: "sameNode", example: "reject",
            synonyms: ["duplicate", "onDuplicateStream"]
        ) { $0.onDuplicate = $1 }
    }
}
