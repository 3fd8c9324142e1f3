/// Commands that speak JSON: three that make nodes, and three optional ones for people.
package struct ShellSpec: Sendable, Equatable {
    package var list: [String]
    package var create: [String]
    package var destroy: [String]
    /// Empty: there is none, as for ``images`` and ``types``.
    package var describe: [String] = []
    package var images: [String] = []
    package var types: [String] = []
    package var environment: [String: String] = [:]
    /// Variables of the manager's environment that the commands get too, by name. Their values are never shown.
    package var secrets: [String] = []
    package var timeout: Duration = .seconds(60)
    /// Creates and destroys under way at once, over all regions.
    package var concurrency: Int = 4
    /// The spec file's place, against which relative paths are resolved.
    package var source: SourceLocation?
    package init(list: [String], create: [String], destroy: [String]) {
        self.list = list
        self.create = create
        self.destroy = destroy
    }
}
