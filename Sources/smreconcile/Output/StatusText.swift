internal import Reconciler

/// A cluster's status as a tree: what is well folded into one line with its counts, what is not unfolded, with the reason beside it.
///
/// The marks at the left edge are for the eye that runs down it: `!` something is wrong, `=` waits for a person, `~` on its way.
struct StatusText {
    /// So many nodes in the same state are named, the rest counted.
    static let mostAlike = 5
    /// More neighbours that are well than this are folded together.
    static let mostWell = 8

    private let console: Console
    /// Nil: lines are as long as they are.
    private let columns: Int?
    private var lines: [String] = []

    /// The tree of `status` of the manager at `server`; `isWhole`: not of one node group alone.
    static func render(
        _ status: ClusterStatus, server: String, isWhole: Bool, _ console: Console, columns: Int?
    ) -> String {
        var text = StatusText(console: console, columns: columns)
        text.cluster(status, server, isWhole)
        return text.lines.map { $0 + "\n" }.joined()
    }

    private init(console: Console, columns: Int?) {
        self.console = console
        self.columns = columns
    }

    // MARK: - The tree

    private mutating func cluster(_ status: ClusterStatus, _ server: String, _ isWhole: Bool) {
        let groups = status.nodeGroups.count
        let rest =
            "\(Self.counts(status.nodes))" + (isWhole ? ", \(groups) node group\(groups == 1 ? "" : "s")" : "")
        headline(0, server, status.state, rest)
        for remark in status.remarks { line(1, remark.state, remark.message) }
        siblings(1, status.nodeGroups.map { ($0.state, $0.nodes) }, "node groups") { text, index in
            text.group(status.nodeGroups[index], status.at)
        }
    }

    private mutating func group(_ group: ClusterStatus.Group, _ at: Timestamp) {
        headline(
            1, group.name, group.state,
            Self.counts(group.nodes, parts: group.regions.map { ($0.name, $0.nodes) }, group.state))
        if group.state == .ok { return }
        for remark in group.remarks { line(2, remark.state, remark.message) }
        siblings(2, group.regions.map { ($0.state, $0.nodes) }, "regions") { text, index in
            text.region(group.regions[index], at)
        }
    }

    private mutating func region(_ region: ClusterStatus.Region, _ at: Timestamp) {
        headline(
            2, region.name, region.state,
            Self.counts(region.nodes, parts: region.roles.map { ($0.name, $0.nodes) }, region.state))
        if region.state == .ok { return }
        for remark in region.remarks { line(3, remark.state, remark.message) }
        siblings(3, region.roles.map { ($0.state, $0.nodes) }, "roles") { text, index in
            text.role(region.roles[index], at)
        }
    }

    private mutating func role(_ role: ClusterStatus.Role, _ at: Timestamp) {
        headline(3, role.name, role.state, Self.counts(role.nodes))
        for remark in role.remarks { line(4, remark.state, remark.message) }
        var counts: [String: Int] = [:]
        for node in role.unwell {
            let kind = "\(node.state.rawValue) \(node.lifecycle.rawValue)"
            counts[kind, default: 0] += 1
            guard counts[kind, default: 0] <= Self.mostAlike else { continue }
            let age = Duration.seconds(max((at - node.since).components.seconds, 0)).specText
            let message = node.message.isEmpty ? "" : ": \(node.message)"
            line(4, node.state, "\(node.lifecycle.rawValue) for \(age)\(message)", name: node.id)
        }
        let more = counts.values.reduce(role.unlisted) { sum, count in sum + max(count - Self.mostAlike, 0) }
        if more > 0 { line(4, role.state, "and \(more) more like these") }
    }

    /// Those that are not well one by one; those that are, too, unless they are many: these come last, in one line.
    private mutating func siblings(
        _ depth: Int, _ all: [(state: ClusterStatus.State, nodes: ClusterStatus.Counts)], _ noun: String,
        _ show: (inout StatusText, Int) -> Void
    ) {
        let well = all.indices.filter { all[$0].state == .ok }
        let folded = well.count > Self.mostWell ? Set(well) : []
        for index in all.indices where !folded.contains(index) { show(&self, index) }
        guard !folded.isEmpty else { return }
        let nodes = well.reduce(ClusterStatus.Counts()) { $0 + all[$1].nodes }
        let which = well.count == all.count ? "all \(well.count) \(noun)" : "\(well.count) other \(noun)"
        headline(depth, which, .ok, Self.counts(nodes))
    }

    // MARK: - Lines

    /// `live: degraded, 5 in service, 6 wanted`.
    private mutating func headline(_ depth: Int, _ name: String, _ state: ClusterStatus.State, _ rest: String) {
        line(depth, state, "\(state.rawValue), \(rest)", name: name)
    }

    /// One line, or on a terminal as many as it takes, each below the other.
    private mutating func line(_ depth: Int, _ state: ClusterStatus.State, _ text: String, name: String? = nil) {
        let indent = String(repeating: " ", count: 2 * depth)
        let head = name.map { TerminalText.printable($0) + ": " } ?? ""
        let whole = head + TerminalText.printable(text)
        // Where a terminal has no room for words, it cuts or wraps by itself.
        let room = columns.map { max($0 - 4 - indent.count, 16) }
        let first = room.map { TerminalText.wrap(whole, to: $0) } ?? [whole]
        for (index, part) in first.enumerated() {
            let mark = index == 0 ? Self.mark(state) : " "
            var words = part
            if index == 0, !head.isEmpty, part.hasPrefix(head) {
                words =
                    console.styled(String(head.dropLast(2)), .bold) + ": "
                    + styled(String(part.dropFirst(head.count)), state)
            } else if index == 0, name == nil {
                words = styled(part, state)
            }
            lines.append(console.styled(mark, Self.style(state)) + " " + indent + (index == 0 ? "" : "  ") + words)
        }
    }

    /// The first word of a headline, or what a remark begins with, in the colour of its state.
    private func styled(_ text: String, _ state: ClusterStatus.State) -> String {
        let end = text.firstIndex { $0 == "," || $0 == ":" } ?? text.endIndex
        return console.styled(String(text[..<end]), Self.style(state)) + text[end...]
    }

    /// `6 nodes in service`, or `5 in service, 6 wanted`.
    private static func counts(_ nodes: ClusterStatus.Counts) -> String {
        if nodes.inService == nodes.desired, nodes.total == nodes.desired {
            return "\(nodes.inService) node\(nodes.inService == 1 ? "" : "s") in service"
        }
        let others = nodes.total - nodes.inService
        return "\(nodes.inService) in service, \(nodes.desired) wanted"
            + (others > 0 ? ", \(others) not in service" : "")
    }

    /// With those of its parts where it is folded.
    private static func counts(
        _ nodes: ClusterStatus.Counts, parts: [(name: String, nodes: ClusterStatus.Counts)],
        _ state: ClusterStatus.State
    ) -> String {
        guard state == .ok, !parts.isEmpty, parts.count <= mostWell else { return counts(nodes) }
        return counts(nodes) + " (" + parts.map { "\($0.name) \($0.nodes.inService)" }.joined(separator: ", ") + ")"
    }

    private static func mark(_ state: ClusterStatus.State) -> String {
        switch state {
        case .ok: " "
        case .progressing: "~"
        case .held: "="
        case .degraded: "!"
        }
    }

    private static func style(_ state: ClusterStatus.State) -> Console.Style {
        switch state {
        case .ok: .green
        case .progressing: .cyan
        case .held: .yellow
        case .degraded: .red
        }
    }
}
