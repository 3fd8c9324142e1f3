/// A Terraform or OpenTofu workspace of the user's own.
package struct TerraformSpec: Sendable, Equatable {
    package var directory: String
    package var binary: String = "terraform"
    package var timeout: Duration = .seconds(1800)
    /// How its machines become nodes.
    package var bootstrap = BootstrapSpec()
    package init(directory: String) { self.directory = directory }
}
