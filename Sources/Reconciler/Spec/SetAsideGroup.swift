/// A node group that was taken in before and does not read any more, as when a newer version is stricter: it is neither in force nor
/// gone. Nothing is made or destroyed in it until it is put right or deleted over the API (safety rule 7).
package struct SetAsideGroup: Sendable, Equatable {
    /// Its name.
    package var name: String
    /// What is wrong with it; not empty.
    package var problems: [SpecDiagnostic]

    /// A group with what is wrong with it.
    package init(name: String, problems: [SpecDiagnostic]) {
        self.name = name
        self.problems = problems
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
