/// Finds the route of a request by the segments of its path.
///
/// A pattern's segments are literals, `{name}` for one segment, or `{name...}` for as many as there are, at least one; what
/// follows the latter is literal. Literals win over parameters, and these over the rest; a longer tail wins over a shorter.
/// Segments are compared as they came, percent-encoded: `%2F` is never a separator.
package struct RouteTable: Sendable {
    /// One place in the tree of segments.
    private struct Branch {
        var literals: [Step] = []
        var parameter: Int?
        /// The text after a `{name...}`, the longest first.
        var rests: [Step] = []
        var leaf: Int?
    }

    /// A literal part of a pattern, and the branch or leaf that it leads to.
    private struct Step {
        /// Where its text lies in `text`. All texts are in one array: to look at one counts no reference.
        var text: Range<Int>
        var next: Int
    }

    /// The captured parts of a path, at most three.
    package struct Captures: Sendable {
        private var parts = (0..<0, 0..<0, 0..<0)
        /// How many there are.
        private(set) var count = 0

        /// Where the capture with this index lies in the target.
        package subscript(index: Int) -> Range<Int> {
            switch index {
            case 0: parts.0
            case 1: parts.1
            default: parts.2
            }
        }

        /// One more, in the order of the path.
        mutating func append(_ part: Range<Int>) {
            switch count {
            case 0: parts.0 = part
            case 1: parts.1 = part
            default: parts.2 = part
            }
            count += 1
        }
    }

    /// One line of the table, and where in it: passed on by reference, for a request must not copy the many parts of a route.
    package final class Entry: Sendable {
        /// The line.
        package let route: Route

        /// A line with its place.
        init(_ route: Route, number: Int) {
            var route = route
            route.number = number
            self.route = route
        }
    }

    /// What a path leads to.
    package enum Match: Sendable {
        /// This route answers, with these parts of the path.
        case route(Entry, Captures)
        /// The path is there for other methods: the value of `Allow`.
        case methodNotAllowed(allow: String)
        /// No pattern fits.
        case notFound
    }

    /// Every route, in the order of the table.
    package var routes: [Route] { entries.map(\.route) }
    private let entries: [Entry]
    private var branches = [Branch()]
    /// Those of all steps.
    private var text: [UInt8] = []
    /// The lines of one path after the other, for the same reason, and where those of each path lie.
    private var lines: [Entry] = []
    private var leaves: [Range<Int>] = []

    /// A table of these routes. Two routes of the same method and pattern are a mistake of ours.
    package init(_ routes: [Route]) {
        entries = routes.enumerated().map { Entry($1, number: $0) }
        var paths: [[Entry]] = []
        for entry in entries {
            let leaf = leaf(of: entry.route.pattern, free: paths.count)
            if leaf == paths.count { paths.append([]) }
            precondition(
                !paths[leaf].contains { $0.route.method == entry.route.method },
                "RouteTable: two routes for \(entry.route.method.rawValue) \(entry.route.pattern)")
            paths[leaf].append(entry)
        }
        for path in paths {
            leaves.append(lines.count..<(lines.count + path.count))
            lines += path
        }
    }

    /// The leaf of a pattern, which is `free` if none is there yet.
    private mutating func leaf(of pattern: String, free: Int) -> Int {
        var branch = 0
        let segments = pattern.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        for (place, segment) in segments.enumerated() {
            if segment.first == UInt8(ascii: "{"), segment.dropLast().last == UInt8(ascii: ".") {
                let tail = segments[(place + 1)...].flatMap { [UInt8(ascii: "/")] + Array($0) }
                return restLeaf(branch, tail, free)
            }
            branch = child(of: branch, segment)
        }
        if let known = branches[branch].leaf { return known }
        branches[branch].leaf = free
        return free
    }

    private mutating func restLeaf(_ branch: Int, _ tail: [UInt8], _ free: Int) -> Int {
        if let known = branches[branch].rests.first(where: { text[$0.text].elementsEqual(tail) }) { return known.next }
        branches[branch].rests.append(step(tail, to: free))
        branches[branch].rests.sort { $0.text.count > $1.text.count }
        return free
    }

    private mutating func step(_ segment: some Collection<UInt8>, to next: Int) -> Step {
        let start = text.count
        text += segment
        return Step(text: start..<text.count, next: next)
    }

    private mutating func child(of branch: Int, _ segment: some Collection<UInt8>) -> Int {
        if segment.first == UInt8(ascii: "{") {
            if let known = branches[branch].parameter { return known }
            branches.append(Branch())
            branches[branch].parameter = branches.count - 1
        } else {
            let known = branches[branch].literals.first { text[$0.text].elementsEqual(segment) }
            if let known { return known.next }
            branches.append(Branch())
            branches[branch].literals.append(step(segment, to: branches.count - 1))
        }
        return branches.count - 1
    }

    /// The route for a method and the path that lies in `target`. HEAD goes where GET goes. One slash at the end is ignored.
    package func match(_ method: HTTPMethod, _ target: [UInt8], _ path: Range<Int>) -> Match {
        var captures = Captures()
        guard let leaf = leaf(target, path, &captures) else { return .notFound }
        let wanted: HTTPMethod = method == .head ? .get : method
        for index in leaves[leaf] where lines[index].route.method == wanted {
            return .route(lines[index], captures)
        }
        return .methodNotAllowed(allow: allow(leaf))
    }

    /// The methods of the path that lies in `target`, as in `Allow`; nil when no pattern fits.
    func methods(_ target: [UInt8], _ path: Range<Int>) -> String? {
        var captures = Captures()
        return leaf(target, path, &captures).map(allow)
    }

    private func leaf(_ target: [UInt8], _ path: Range<Int>, _ captures: inout Captures) -> Int? {
        var end = path.upperBound
        guard path.lowerBound < end, target[path.lowerBound] == UInt8(ascii: "/") else { return nil }
        if end - path.lowerBound > 1, target[end - 1] == UInt8(ascii: "/") { end -= 1 }
        return find(0, target.span, (path.lowerBound + 1)..<end, &captures)
    }

    private func allow(_ leaf: Int) -> String {
        var methods = lines[leaves[leaf]].map(\.route.method)
        if methods.contains(.get) { methods.append(.head) }
        if !methods.contains(.options) { methods.append(.options) }
        return methods.map(\.rawValue).sorted().joined(separator: ", ")
    }

    /// `rest` is what follows the slash before the next segment.
    private func find(
        _ index: Int, _ target: Span<UInt8>, _ rest: Range<Int>, _ captures: inout Captures
    ) -> Int? {
        var end = rest.lowerBound
        while end < rest.upperBound, target[end] != UInt8(ascii: "/") { end += 1 }
        for place in branches[index].literals.indices {
            let step = branches[index].literals[place]
            guard isText(step, target, rest.lowerBound..<end) else { continue }
            if let leaf = descend(step.next, target, end, rest.upperBound, &captures) { return leaf }
        }
        if let next = branches[index].parameter, end > rest.lowerBound {
            let before = captures
            captures.append(rest.lowerBound..<end)
            if let leaf = descend(next, target, end, rest.upperBound, &captures) { return leaf }
            captures = before
        }
        for place in branches[index].rests.indices {
            let step = branches[index].rests[place]
            let start = rest.upperBound - step.text.count
            guard rest.lowerBound < start, isText(step, target, start..<rest.upperBound) else { continue }
            captures.append(rest.lowerBound..<start)
            return step.next
        }
        return nil
    }

    /// Goes on behind the segment that ended at `end`.
    private func descend(
        _ next: Int, _ target: Span<UInt8>, _ end: Int, _ last: Int, _ captures: inout Captures
    ) -> Int? {
        end == last ? branches[next].leaf : find(next, target, (end + 1)..<last, &captures)
    }

    private func isText(_ step: Step, _ target: Span<UInt8>, _ part: Range<Int>) -> Bool {
        if step.text.count != part.count { return false }
        let (wanted, given) = (text.span.extracting(step.text), target.extracting(part))
        // Both have so many bytes.
        for index in 0..<part.count where unsafe wanted[unchecked: index] != given[unchecked: index] { return false }
        return true
    }
}
