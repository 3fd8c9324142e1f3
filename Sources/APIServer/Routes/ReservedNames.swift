internal import Reconciler

/// Names that no node group can have over the API: where a path has the name of a group, another path has these words.
package final class ReservedNames: Sendable {
    /// Parts of a path that are a node group's name.
    private static let captures: Set<Substring> = ["{group}", "{name}"]
    /// The one that stands for the only group (``ProductGroupName``).
    private static let only = "default"

    private let names = Locked<Set<String>>([ReservedNames.only])

    /// Only `default`, until the routes are known.
    package init() {}

    /// Learns them from the route table: the words that stand where another path with the same beginning has a group's name.
    func learn(from routes: [Route]) {
        let paths = routes.map { $0.pattern.split(separator: "/") }
        var starts: Set<[Substring]> = []
        for path in paths {
            for (index, part) in path.enumerated() where Self.captures.contains(part) {
                let start = Array(path[..<index])
                if part == "{group}" || start.last?.hasPrefix("nodegroup") == true { starts.insert(start) }
            }
        }
        var words: Set<String> = [Self.only]
        for path in paths {
            for index in path.indices where starts.contains(Array(path[..<index])) && !path[index].hasPrefix("{") {
                words.insert(String(path[index]))
            }
        }
        names.replace(with: words)
    }

    /// Why no node group can have this name; nil when one can.
    func problem(_ name: String) -> String? {
        guard names.current.contains(name) else { return nil }
        return "the name '\(name)' is reserved: the API has paths of that name"
    }

    /// All of them.
    var all: Set<String> { names.current }
}
