/// The `{{placeholder}}` words of a probe's command.
enum ProbePlaceholders {
    /// What is known of the node that is probed.
    static let all = ["address", "port", "nodeId"]

    /// The words between `{{` and `}}`, in their order.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            names.append(String(rest[open.upperBound..<close.lowerBound].filter { $0 != " " }))
            rest = rest[close.upperBound...]
        }
        return names
    }
}

extension Shape where Value == [String] {
    /// The command of a probe. A placeholder that nothing is known for is an error here and no failure of every node later.
    ///
    /// A program that is given by a relative path is found beside the spec file: the path that is read has that file's directory in it.
    static let probeCommand = Shape.command.map { words, node, context -> [String]? in
        var isRight = true
        for (index, word) in words.enumerated() {
            for name in ProbePlaceholders.names(in: word) where !ProbePlaceholders.all.contains(name) {
                let near = Suggestion.nearest(to: name, among: ProbePlaceholders.all)
                let known = ProbePlaceholders.all.map { "'{{\($0)}}'" }.joined(separator: ", ")
                context.error(
                    "unknown placeholder '{{\(name.shortened)}}' in the command of a probe",
                    at: index < node.elements.count ? node.elements[index] : node,
                    near.map { "did you mean '{{\($0)}}'?" } ?? "known are \(known)")
                isRight = false
            }
        }
        guard isRight, let program = words.first else { return nil }
        guard program.contains("/"), !program.hasPrefix("/"),
            let slash = context.source.name.lastIndex(of: "/")
        else { return words }
        return ["\(context.source.name[...slash])\(program)"] + words.dropFirst()
    }
}
