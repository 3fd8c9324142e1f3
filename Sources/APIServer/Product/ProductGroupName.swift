internal import Reconciler

/// Names by which clients of the product know node groups, roles and regions, which ours may spell in another way.
struct ProductGroupName {
    /// Names that the product's paths have for themselves, and the one that stands for the only group.
    static let reserved: Set<String> = ["default", "scheduled", "status"]

    /// The only group, whatever its name.
    private static let only = "default"

    /// A node group of the spec in force, by our name, by the one that it came with, or `default` while it is the only one.
    static func group(_ name: String, _ services: APIServices) throws(Problem) -> NodeGroupSpec {
        let groups = services.live.snapshot.spec.groups
        if let group = groups.first(where: { $0.name == name }) ?? groups.first(where: { $0.productName == name }) {
            return group
        }
        guard name == only else {
            throw .notFound(Suggestion.noSuch("node group", name, among: groups.map(\.productName)))
        }
        guard groups.count == 1, let group = groups.first else {
            throw .notFound("'default' stands for the only node group, and there are \(groups.count); name one")
        }
        return group
    }

    /// A group that was just made and is not in force yet: the next round has it.
    static func isComing(_ name: String, _ services: APIServices) -> Bool {
        services.groups.parts.stored.groups.contains { group in
            group.name == name || (group.origin != nil && group.name == ProductName.ours(name))
        }
    }

    /// A role of a group, by our name or its own.
    static func role(_ name: String, of group: NodeGroupSpec) throws(Problem) -> String {
        let known = group.roles.map(\.name)
        if let own = [name, ProductName.ours(name)].compactMap({ $0 }).first(where: known.contains) { return own }
        throw .notFound(Suggestion.noSuch("role", name, in: "node group '\(group.name)'", among: known))
    }

    /// A region of a group, by our name or its own.
    static func region(_ name: String, of group: NodeGroupSpec) throws(Problem) -> String {
        let known = group.regions.map(\.name)
        if let own = [name, ProductName.ours(name)].compactMap({ $0 }).first(where: known.contains) { return own }
        throw .notFound(Suggestion.noSuch("sub group", name, in: "node group '\(group.name)'", among: known))
    }

    /// Regions or zones as a client named them, in our names where these exist.
    static func places(_ names: [String], of group: NodeGroupSpec) -> [String] {
        let known = Set(group.regions.map(\.name) + group.regions.compactMap(\.zone))
        return names.map { name in
            if known.contains(name) { return name }
            return ProductName.ours(name).flatMap { known.contains($0) ? $0 : nil } ?? name
        }
    }
}

extension NodeGroupSpec {
    /// What the product's clients call it: the name that it came with, or ours.
    var productName: String { annotations[ProductImport.nameAnnotation] ?? name }
}
