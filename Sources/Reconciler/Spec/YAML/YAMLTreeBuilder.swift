/// Makes documents of parse events: resolves aliases and merge keys, refuses duplicate keys, and counts what they cost.
struct YAMLTreeBuilder {
    /// The place where an event begins, counted from 1.
    struct Mark {
        /// Lines from 1.
        var line: UInt32
        /// Characters from 1.
        var column: UInt32
    }

    /// The documents that are complete.
    private(set) var documents: [YAMLNode] = []

    /// Nodes that wait for the end of their collection.
    private var pending: [YAMLNode] = []
    private var open: [Frame] = []
    private var anchors: [String: Anchored] = [:]
    /// Anchors of collections that are still open: an alias to one of these would be endless.
    private var openAnchors: Set<String> = []
    /// See ``YAMLLimits/aliasedNodes``.
    private var aliased = 0

    private struct Frame {
        /// Where its members begin in `pending`.
        var start: Int
        var isMapping: Bool
        var mark: Mark
        var anchor: String?
        /// Nodes in it, aliases counted with all they stand for.
        var weight = 1
        /// Levels of collections in it.
        var height = 1
        var merges = false
    }

    private struct Anchored {
        var node: YAMLNode
        var weight: Int
        var height: Int
    }

    /// Takes a scalar.
    mutating func scalar(
        _ text: String, _ style: YAMLNode.Style, anchor: String?, at mark: Mark
    ) throws(YAMLProblem) {
        let node = YAMLNode(value: .scalar(text, style), line: mark.line, column: mark.column)
        if style == .plain, text == "<<", let frame = open.last, frame.isMapping,
            (pending.count - frame.start).isMultiple(of: 2)
        {
            open[open.count - 1].merges = true
        }
        let weight = 1 + text.utf8.count / YAMLLimits.bytesPerNode
        if let anchor { anchors[anchor] = Anchored(node: node, weight: weight, height: 0) }
        try add(node, weight: weight, height: 0)
    }

    /// Takes the beginning of a collection.
    mutating func begin(isMapping: Bool, anchor: String?, at mark: Mark) throws(YAMLProblem) {
        guard open.count < YAMLLimits.depth else {
            throw problem("nested more than \(YAMLLimits.depth) levels deep", mark)
        }
        open.append(Frame(start: pending.count, isMapping: isMapping, mark: mark, anchor: anchor))
        if let anchor {
            anchors[anchor] = nil
            openAnchors.insert(anchor)
        }
    }

    /// Takes the end of the collection that was begun last.
    mutating func end() throws(YAMLProblem) {
        guard var frame = open.popLast() else { return }
        var members = Array(pending[frame.start...])
        pending.removeLast(members.count)
        let value: YAMLNode.Value
        if frame.isMapping {
            try refuseDuplicates(in: members)
            if frame.merges { members = try merged(members, into: &frame) }
            value = .mapping(members)
        } else {
            value = .sequence(members)
        }
        let node = YAMLNode(value: value, line: frame.mark.line, column: frame.mark.column)
        if let anchor = frame.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = Anchored(node: node, weight: frame.weight, height: frame.height)
        }
        try add(node, weight: frame.weight, height: frame.height)
    }

    /// Takes an alias: what it stands for is shared, not copied.
    mutating func alias(_ name: String, at mark: Mark) throws(YAMLProblem) {
        guard let anchored = anchors[name] else {
            let reason = openAnchors.contains(name) ? "stands inside of what it names" : "names no anchor above it"
            throw problem("alias '*\(name.shortened)' \(reason)", mark)
        }
        try spend(anchored.weight, at: mark)
        guard open.count + anchored.height <= YAMLLimits.depth else {
            throw problem("nested more than \(YAMLLimits.depth) levels deep with alias '*\(name.shortened)'", mark)
        }
        try add(anchored.node, weight: anchored.weight, height: anchored.height)
    }

    /// Forgets the anchors, which hold within one document.
    mutating func endDocument() {
        anchors.removeAll(keepingCapacity: true)
        openAnchors.removeAll(keepingCapacity: true)
    }

    private func problem(_ message: String, _ mark: Mark) -> YAMLProblem {
        YAMLProblem(message: message, line: Int(mark.line), column: Int(mark.column))
    }

    private mutating func spend(_ nodes: Int, at mark: Mark) throws(YAMLProblem) {
        aliased += nodes
        guard aliased <= YAMLLimits.aliasedNodes else {
            throw problem("aliases expand to more than \(YAMLLimits.aliasedNodes) nodes", mark)
        }
    }

    private mutating func add(_ node: YAMLNode, weight: Int, height: Int) throws(YAMLProblem) {
        guard let frame = open.last else {
            documents.append(node)
            return
        }
        if frame.isMapping, (pending.count - frame.start).isMultiple(of: 2), node.text == nil {
            throw YAMLProblem(message: "a key must be a text", line: Int(node.line), column: Int(node.column))
        }
        open[open.count - 1].weight += weight
        if height >= frame.height { open[open.count - 1].height = height + 1 }
        pending.append(node)
    }
}

// MARK: - Keys

extension YAMLTreeBuilder {
    /// Up to so many keys, comparing each with each is cheaper than a set.
    private static let smallMapping = 12

    private func refuseDuplicates(in members: [YAMLNode]) throws(YAMLProblem) {
        if members.count <= 2 * Self.smallMapping {
            for index in stride(from: 2, to: members.count, by: 2) {
                let key = members[index].text
                for earlier in stride(from: 0, to: index, by: 2) where members[earlier].text == key {
                    throw duplicate(members[index], of: members[earlier])
                }
            }
        } else {
            var seen: [String: Int] = [:]
            for index in stride(from: 0, to: members.count, by: 2) {
                guard let key = members[index].text else { continue }
                if let earlier = seen.updateValue(index, forKey: key) {
                    throw duplicate(members[index], of: members[earlier])
                }
            }
        }
    }

    private func duplicate(_ node: YAMLNode, of first: YAMLNode) -> YAMLProblem {
        YAMLProblem(
            message: "key '\((node.text ?? "").shortened)' is there twice; the first is on line \(first.line)",
            line: Int(node.line), column: Int(node.column))
    }

    /// `<<: *base` and `<<: [*a, *b]` (https://yaml.org/type/merge.html): the mapping's own keys win, then the earlier
    /// of several.
    private mutating func merged(_ members: [YAMLNode], into frame: inout Frame) throws(YAMLProblem) -> [YAMLNode] {
        var result: [YAMLNode] = []
        var sources: [YAMLNode] = []
        for index in stride(from: 0, to: members.count, by: 2) {
            guard case .scalar("<<", .plain) = members[index].value else {
                result.append(contentsOf: members[index...index + 1])
                continue
            }
            let source = members[index + 1]
            let all = if case .sequence(let list) = source.value { list } else { [source] }
            for mapping in all {
                guard case .mapping = mapping.value else {
                    throw YAMLProblem(
                        message: "'<<' merges mappings; found \(mapping.summary)", line: Int(mapping.line),
                        column: Int(mapping.column))
                }
                sources.append(mapping)
            }
        }
        var seen = Set(stride(from: 0, to: result.count, by: 2).compactMap { result[$0].text })
        for source in sources {
            guard case .mapping(let pairs) = source.value else { continue }
            try spend(pairs.count, at: frame.mark)
            frame.weight += pairs.count
            for index in stride(from: 0, to: pairs.count, by: 2) {
                guard let key = pairs[index].text, seen.insert(key).inserted else { continue }
                result.append(contentsOf: pairs[index...index + 1])
            }
        }
        return result
    }
}
