/// A Terraform or OpenTofu workspace of the user's own.
package struct TerraformSpec: Sendable, Equatable {
    /// From the interrupt to the kill of a run whose time is up: Terraform ends what it has under way, writes its state and releases its
    /// lock.
    package static let grace: Duration = .seconds(60)

    /// The directory of the root module; a relative path is found beside the spec file.
    package var directory: String
    /// A name for `PATH`, or a path; one that is relative is found beside the spec file.
    package var binary: String = "terraform"
    /// One round of changes, from waiting for the workspace's lock to the end of the apply, may take so long.
    package var timeout: Duration = .seconds(1800)
    /// How often the cloud itself is asked for instances that are gone; nil: only when something is changed anyway.
    package var refresh: Duration? = .seconds(300)
    package var environment: [String: String] = [:]
    /// Variables of the manager's environment that Terraform gets too, by name. Their values are never shown.
    package var secrets: [String] = []
    /// How its machines become nodes.
    package var bootstrap = BootstrapSpec()
    /// The spec file's place, against which relative paths are resolved.
    package var source: SourceLocation?
    package init(directory: String) { self.directory = directory }

    /// A change waits for the round that is under way and then for its own.
    package var callTimeout: Duration { (timeout + Self.grace) * 2 }
}
