extension Shape where Value == TerraformSpec {
    /// Settings of the type `terraform`.
    static let terraform = Shape.object("terraform", make: { TerraformSpec(directory: "") }) { fields in
        fields.add("directory", .text, "The workspace.", required: true, synonyms: ["path", "workspace"]) {
            $0.directory = $1
        }
        fields.add("binary", .text, "terraform or tofu, or a path to one.") { $0.binary = $1 }
        fields.add("timeout", .positiveDuration, "A run that takes longer is stopped.") { $0.timeout = $1 }
        fields.add("bootstrap", .bootstrap, "How its machines become nodes.", synonyms: ["cloudInit", "userData"]) {
            $0.bootstrap = $1
        }
    }
}
