extension Shape where Value == TerraformSpec {
    /// Settings of the type `terraform`.
    static let terraform = Shape.object("terraform", make: { TerraformSpec(directory: "") }) { fields in
        fields.add(
            "directory", .text, "The directory of the root module.", required: true, synonyms: ["path", "workspace"]
        ) { $0.directory = $1 }
        fields.add("binary", .text, "terraform or tofu, or a path to one.") { $0.binary = $1 }
        fields.add(
            "timeout", .positiveDuration, "A round of changes that takes longer is interrupted; default: 30m."
        ) { $0.timeout = $1 }
        fields.add(
            "refresh", .duration,
            "How often the cloud is asked for nodes that are gone; default: 5m; 0s: only when something is changed anyway."
        ) { $0.refresh = $1 == .zero ? nil : $1 }
        fields.add("environment", .settings, "Environment variables of Terraform.", synonyms: ["env"]) {
            $0.environment = $1
        }
        fields.add(
            "secrets", Shape<String>.variable.list(),
            "Variables of the manager's environment that Terraform gets too; their values are never shown.",
            synonyms: ["passEnvironment", "secretEnvironment"]
        ) { $0.secrets = $1 }
        fields.add("bootstrap", .bootstrap, "How its machines become nodes.", synonyms: ["cloudInit", "userData"]) {
            $0.bootstrap = $1
        }
    } check: { terraform, node, context in
        terraform.source = SourceLocation(
            file: context.source.name, line: Int(node.line), column: Int(node.column))
        context.refuseDoubleVariables(node, terraform.environment)
    }
}
