extension Shape where Value == TerraformSpec {
    /// Settings of the type `terraform`.
    static let terraform = Shape.object("terraform", make: { TerraformSpec(directory: "") }) { fields in
        fields.add(
            "directory", .text, "The directory of the root module.", example: "./aws", required: true,
            synonyms: ["path", "workspace"]
        ) { $0.directory = $1 }
        fields.add("binary", .text, "terraform or tofu, or a path to one.", default: "terraform", example: "tofu") {
            $0.binary = $1
        }
        fields.add(
            "timeout", .positiveDuration, "A round of changes that takes longer is interrupted.", default: "30m",
            example: "1h"
        ) { $0.timeout = $1 }
        fields.add(
            "refresh", .duration,
            "How often the cloud is asked for nodes that are gone; 0s: only when something is changed anyway.",
            default: "5m", example: "0s"
        ) { $0.refresh = $1 == .zero ? nil : $1 }
        fields.add(
            "environment", .settings, "Environment variables of Terraform.", example: ["AWS_REGION": "us-east-1"],
            synonyms: ["env"]
        ) {
            $0.environment = $1
        }
        fields.add(
            "secrets", Shape<String>.variable.list(),
            "Variables of the manager's environment that Terraform gets too; their values are never shown.",
            example: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
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
