/// How a new machine becomes a node: the user-data that it starts with.
package struct BootstrapSpec: Sendable, Equatable {
    /// The `{{placeholder}}` words of a template, besides those that begin with ``settingPrefix``.
    package static let placeholders = ["nodeId", "group", "region", "role", "image", "managerUrl", "token"]
    /// `{{setting.NAME}}` is the value of NAME in the `settings` of the region or the role; empty where they have none.
    package static let settingPrefix = "setting."

    /// A template of the user's own; nil: the built-in cloud-init document.
    package var userData: String?
    /// The options of `smreconcile agent` in the built-in document, beside its server, node and token.
    package var agent: [String] = []

    package init() {}

    /// What makes nodes differ by it, for their revision.
    var revisionTexts: [String] {
        (userData.map { ["userData=\($0)"] } ?? []) + agent.map { "agent=\($0)" }
    }
}
