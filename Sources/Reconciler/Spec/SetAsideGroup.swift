/// A node group that was taken in before and does not read any more, as when a newer version is stricter: it is neither in force nor
/// gone. Nothing is made or destroyed in it until it is put right or deleted over the API (safety rule 7).
package struct SetAsideGroup: Sendable, Equatable {
    /// Its name.
    package var name: String
    /// What is wrong with it; not empty.
    package var problems: [SpecDiagnostic]
    /// What its document tells whatever is wrong with it: its provider (empty where that does not read) and annotations.
    package var outline: NodeGroupSpec
    /// Whom its nodes let in: as its document says, and where that cannot be told, nobody without a ticket.
    package var tickets: TicketPolicy

    /// A group with what is wrong with it; `document` is what was kept of it.
    package init(name: String, problems: [SpecDiagnostic], document: SpecSource) {
        self.name = name
        self.problems = problems
        let node = SpecReader.node(of: document)
        let spec = node?["spec"]
        outline = NodeGroupSpec(name: name, provider: spec?["provider"]?.text ?? "")
        outline.source = problems.first?.location
        if case .mapping(let members)? = node?["metadata"]?["annotations"]?.value {
            for index in stride(from: 0, to: members.count, by: 2) {
                if let key = members[index].text { outline.annotations[key] = members[index + 1].text }
            }
        }
        if case .mapping? = spec?.value {
            tickets = Self.tickets(spec?["tickets"])
        } else {
            tickets = TicketPolicy(publish: .required, subscribe: .required)
        }
    }

    private static func tickets(_ node: YAMLNode?) -> TicketPolicy {
        guard let node else { return TicketPolicy() }
        guard case .mapping = node.value else { return TicketPolicy(publish: .required, subscribe: .required) }
        func need(_ action: StreamAction) -> TicketPolicy.Need {
            node[action.rawValue].map { $0.text == TicketPolicy.Need.open.rawValue } ?? true ? .open : .required
        }
        return TicketPolicy(publish: need(.publish), subscribe: need(.subscribe))
    }

    /// What is wrong, and what to do: a sentence.
    package var words: String {
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        let first = problems.first.map { "\($0)" } ?? "it does not read"
        return
            "the node group '\(name)' is set aside, and its nodes stay as they are: \(first)\(more); put a right document in its "
            + "place, or delete it: PUT or DELETE /as/v1/nodegroups/\(name)"
    }
}

extension Spec {
    /// Whether this group is neither in force nor gone.
    package func isSetAside(_ group: String) -> Bool { setAside.contains { $0.name == group } }
}
