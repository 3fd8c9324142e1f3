/// What the product's client called the roles and sub groups of a node group that it made, by our names of them.
package struct ProductNames: Sendable, Equatable {
    private var roles: [String: String] = [:]
    private var places: [String: String] = [:]

    /// Of a group that was not made in the product's JSON: it has our names alone.
    package init() {}

    /// Of the JSON that is kept with a group.
    package init(document: String) {
        guard case .success(let node) = JSONDocument.parse(Array(document.utf8)) else { return }
        for (key, role) in node["roles"]?.members ?? [] {
            let name = role["name"]?.text ?? key
            if let own = ProductName.ours(name) { roles[own] = name }
        }
        for (key, group) in (node["groups"] ?? node["subGroups"])?.members ?? [] { add(key, group) }
    }

    /// A sub group and those under it; as deep as the parser of JSON goes.
    private mutating func add(_ key: String, _ group: YAMLNode) {
        let name = group["subGroupName"]?.text ?? key
        if let own = ProductName.ours(name) { places[own] = name }
        guard let children = group["childGroups"] else { return }
        for (key, child) in children.members { add(key, child) }
        for child in children.elements { add("", child) }
    }

    /// A role of ours by its name there.
    package func role(_ name: String) -> String { roles[name] ?? name }

    /// A region or a zone of ours by its name there.
    package func place(_ name: String) -> String { places[name] ?? name }
}
