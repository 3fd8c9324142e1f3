/// The `{{placeholder}}` words of a probe's command.
enum ProbePlaceholders {
    /// What is known of the node that is probed.
    static let all = ["address", "port", "nodeId"]
}

extension Shape where Value == [String] {
    /// The command of a probe. A placeholder that nothing is known for is an error here and no failure of every node later.
    ///
    /// A program that is given by a relative path is found beside the spec file: the path that is read has that file's directory in it.
    static let probeCommand = Shape.command.map { words, node, context -> [String]? in
        var isRight = true
        for (index, word) in words.enumerated() {
            let place = index < node.elements.count ? node.elements[index] : node
            let isKnown = context.knowsPlaceholders(
                of: word, at: place, in: "the command of a probe", names: ProbePlaceholders.all,
                isKnown: ProbePlaceholders.all.contains)
            isRight = isRight && isKnown
        }
        guard isRight, let program = words.first else { return nil }
        guard program.contains("/"), !program.hasPrefix("/"),
            let slash = context.source.name.lastIndex(of: "/")
        else { return words }
        return ["\(context.source.name[...slash])\(program)"] + words.dropFirst()
    }
}
