extension Shape where Value == EC2Spec {
    /// Settings of the type `ec2`.
    static let ec2 = Shape.object("ec2", make: { EC2Spec() }) { fields in
        fields.add(
            "endpoint", .webAddress, "In place of Amazon's own, for every region.",
            example: "https://ec2.internal.example", synonyms: ["endpointUrl", "url"]
        ) { $0.endpoint = $1 }
        fields.add(
            "lookup", Shape<EC2Spec.Lookup>.oneOf("way to look up instances"),
            "How instances are found by their tags; default: by filters at Amazon, by tags at any other endpoint.",
            example: "tags"
        ) { $0.lookup = $1 }
        fields.add("profile", .text, "A profile of the AWS configuration files.", example: "media") { $0.profile = $1 }
        fields.add(
            "spot", Shape<Bool>.boolean,
            "Spot instances first, which may be taken away; on-demand where there are none.", default: false,
            example: true
        ) { $0.spot = $1 }
        fields.add(
            "regions", Shape<String>.name("Amazon region").dictionary("region"),
            "Our regions by Amazon's names, where they differ.", example: ["us-east": "us-east-1"]
        ) { $0.regions = $1 }
        fields.add(
            "substitutes", Shape<String>.text.list(atLeast: 1).dictionary("instance type"),
            "By instance type those that stand in for it where there is no capacity, in order of preference.",
            example: ["c6i.large": ["c6a.large", "c5.large"]],
            synonyms: ["alternatives", "fallbacks", "instanceTypes"]
        ) { $0.substitutes = $1 }
        fields.add(
            "addresses", Shape<EC2Spec.Addresses>.oneOf("kind of address"),
            "Which address clients and probes are sent to.", default: "public", example: "private"
        ) { $0.addresses = $1 }
        fields.add("bootstrap", .bootstrap, "How its machines become nodes.", synonyms: ["cloudInit", "userData"]) {
            $0.bootstrap = $1
        }
    } check: { ec2, node, context in
        for (type, others) in ec2.substitutes where others.contains(type) {
            context.error(
                "'\(type.shortened)' stands in for itself", at: node.nearest("substitutes", type),
                "name other instance types")
        }
    }
}
