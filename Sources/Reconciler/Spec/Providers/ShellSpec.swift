/// Three commands that speak JSON.
package struct ShellSpec: Sendable, Equatable {
    package var list: [String]
    package var create: [String]
    package var destroy: [String]
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
