extension Shape where Value == EC2Spec {
    /// Settings of the type `ec2`.
    static let ec2 = Shape.object("ec2", make: { EC2Spec() }) { fields in
        fields.add("endpoint", .webAddress, "In place of Amazon's own.") { $0.endpoint = $1 }
        fields.add("profile", .text, "A profile of the AWS configuration files.") { $0.profile = $1 }
        fields.add("spot", Shape<Bool>.boolean, "Spot instances, which may be taken away.") { $0.spot = $1 }
        fields.add(
            "regions", Shape<String>.text.dictionary("region"), "Our regions by Amazon's names, where they differ."
        ) {
            $0.regions = $1
        }
        fields.add("bootstrap", .bootstrap, "How its machines become nodes.", synonyms: ["cloudInit", "userData"]) {
            $0.bootstrap = $1
        }
    }
}
