/// What `graph -type=plan` prints, as far as it says which resources the configuration has.
///
/// A plan that fails names them in part, and a plan for some nodes alone (`-target`) must have all resources of each. The names are those
/// of the configuration, so without keys: `module.site.aws_eip.ip`. OpenTofu prints the same.
struct TerraformGraph: Sendable, Equatable {
    /// More targets than this make a command line too long; its limit is 2 MiB (execve(2)).
    static let maximumTargets = 10_000

    /// Managed resources by the steps to them: `["module.site", "aws_eip.ip"]`.
    private(set) var resources: [[String]] = []

    /// Reads the lines of nodes, as `"[root] module.site.aws_eip.ip (expand)" [label = …`.
    init(_ output: [UInt8]) {
        var seen: Set<[String]> = []
        for line in String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard let open = line.firstRange(of: "\"[root] "), line[..<open.lowerBound].allSatisfy(\.isWhitespace),
                let close = line.firstRange(of: " (expand)\" [label")
            else { continue }
            guard let steps = Self.steps(line[open.upperBound..<close.lowerBound]), seen.insert(steps).inserted else {
                continue
            }
            resources.append(steps)
        }
    }

    /// Nil for what is no managed resource: modules, variables, outputs, data and others.
    private static func steps(_ name: Substring) -> [String]? {
        var words = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var steps: [String] = []
        while words.count > 2, words[0] == "module" {
            steps.append("module." + words[1])
            words.removeFirst(2)
        }
        let others: Set<String> = ["var", "local", "output", "data", "check", "ephemeral", "module"]
        let isPlain = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { $0 < 128 && $0 != 0x22 && $0 != 0x5b }
        }
        guard words.count == 2, isPlain, !others.contains(words[0]) else { return nil }
        return steps + [words.joined(separator: ".")]
    }

    /// Whatever is a node's, by its id as the key at any step of its address. What is not there is no error to Terraform.
    func targets(of nodes: Set<String>) -> [String] {
        var targets: Set<String> = []
        for node in nodes {
            for steps in resources {
                for end in steps.indices { targets.insert(steps[...end].joined(separator: ".") + "[\"\(node)\"]") }
            }
        }
        return targets.sorted()
    }
}
