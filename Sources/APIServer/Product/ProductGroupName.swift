internal import Reconciler

/// Names by which clients of the product know node groups, roles and regions, which ours may spell in another way.
struct ProductGroupName {
    /// The only group, whatever its name.
    private static let only = "default"

    /// A node group of the spec in force, by our name, by the one that it came with, or `default` while it is the only one.
    static func group(_ name: String, _ services: APIServices) throws(Problem) -> NodeGroupSpec {
        let spec = services.live.snapshot.spec
        return try group(name, among: spec.groups + spec.setAside.map(\.outline))
    }

    /// As ``group(_:_:)``, of all that there are at this moment: one that was just made is not in force yet and known all the same, one that
    /// was just deleted is not.
    static func known(_ name: String, _ services: APIServices) throws(Problem) -> NodeGroupSpec {
        try group(name, among: all(services))
    }

    /// The node groups in force, without those that were just deleted, and those that the next round brings; of those that are set aside
    /// what is known.
    static func all(_ services: APIServices) -> [NodeGroupSpec] {
        let spec = services.live.snapshot.spec
        let parts = services.groups.parts
        let there = (spec.groups + spec.setAside.map(\.outline)).filter { !parts.stored.deleted.contains($0.name) }
        let coming = Set(parts.stored.groups.map(\.name)).subtracting(there.map(\.name))
        guard !coming.isEmpty, let next = parts.read().spec else { return there }
        return there + next.groups.filter { coming.contains($0.name) }
    }

    /// The node group that a change is about: the client names it by exactly the name that the product's routes call it, to the byte.
    /// Another group whose name only comes to the same one of ours is none that was named, and `default` names none.
    static func named(_ name: String, _ services: APIServices) throws(Problem) -> NodeGroupSpec {
        let parts = services.groups.parts
        let groups = parts.read().spec.map { $0.groups + $0.setAside.map(\.outline) } ?? all(services)
        if let group = groups.first(where: { $0.isCalled(name) }) { return group }
        throw .notFound(Suggestion.noSuch("node group", name, among: groups.map(\.productName)))
    }

    private static func group(_ name: String, among groups: [NodeGroupSpec]) throws(Problem) -> NodeGroupSpec {
        if let group = groups.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
            ?? groups.first(where: { $0.isCalled(name) })
        {
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

    /// Why no node group can have this name; nil when one can. The product's own rule (reference/stream-manager-2.md section 3.1).
    static func problem(_ name: String, _ reserved: ReservedNames) -> String? {
        if let problem = reserved.problem(name) { return problem }
        let isWord = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._-".utf8.contains(byte)
            }
        }
        if isWord, lengths.contains(name.utf8.count) { return nil }
        return
            "the name '\(name.prefix(60))' is none for a node group: \(lengths.lowerBound) to \(lengths.upperBound) of A-Z, a-z, 0-9, '.', '_' and '-'"
    }

    private static let lengths = 1...16

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

    /// What the client that made a group calls its roles and sub groups. Read anew each time: nothing that is asked for often.
    static func wording(of group: NodeGroupSpec, _ services: APIServices) -> ProductNames {
        guard let origin = services.groups.parts.stored.group(group.name)?.origin else { return ProductNames() }
        return ProductNames(document: origin)
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

    /// Whether that is this name, byte for byte: texts of other bytes are other names, however alike they look.
    func isCalled(_ name: String) -> Bool { productName.utf8.elementsEqual(name.utf8) }
}
