internal import Reconciler

/// `GET /as/v1/streams`: which live streams are asked for, page by page in the order of scope and name.
struct StreamListing {
    private static let path = "/as/v1/streams"
    /// What the list takes.
    static let parameters: [RouteDocument.Parameter] =
        [
            .text("scope", "Of this scope only."), .text("nodeGroup", "Published to a node of this group only."),
            .text("region", "Published in this region only."),
            .text("node", "Carried by this node only."),
            .text("name", "Of names like this only; `*` stands for anything.", example: "match-*"),
        ] + PageRequest.parameters(startingAt: #"^([^/%]|%[0-7][0-9A-Fa-f])+/"#)

    private static let filterNames = ["scope", "nodeGroup", "region", "node", "name"]

    /// Of a pattern: each name is tried with it.
    private static let patternLength = 256
    private static let stars = 8

    private let page: PageRequest
    private let after: StreamKey?
    /// By the names of the parameters.
    private var filters: [String: String] = [:]
    private let pattern: NamePattern?

    /// Reads the parameters.
    init(_ fields: FormFields) throws(Problem) {
        page = try PageRequest(fields)
        after = try page.after.map { text throws(Problem) in try Self.key(text) }
        for name in Self.filterNames { filters[name] = try fields.text(name) }
        if let name = filters["name"],
            name.utf8.count > Self.patternLength || name.utf8.count(where: { $0 == 0x2a }) > Self.stars
        {
            throw .badRequest("the parameter 'name' may have \(Self.patternLength) bytes and \(Self.stars) stars")
        }
        pattern = filters["name"].map { NamePattern($0) }
    }

    /// The page, as JSON and with a link to the next.
    func answer(_ streams: StreamDirectory, _ view: RoutingView) -> HTTPResponse {
        var window = PageWindow<StreamKey, StreamDirectory.Entry>(limit: page.limit, after: after)
        streams.offer(&window) { key, entry in matches(key, entry, view) }
        let (members, hasMore) = window.page()
        let body = JSONWriter.list(members) { json, stream in
            StreamAnswer.write(stream.key, stream.value, view, into: &json)
        }
        return page.answer(
            body, at: Self.path, filters: Self.filterNames.map { ($0, filters[$0]) },
            last: hasMore ? members.last.map { Self.text($0.key) } : nil)
    }

    private func matches(_ key: StreamKey, _ entry: StreamDirectory.Entry, _ view: RoutingView) -> Bool {
        if filters.isEmpty { return true }
        if let scope = filters["scope"], key.scope != scope { return false }
        if let pattern, !pattern.matches(key.name) { return false }
        if let node = filters["node"].map({ NodeID($0) }), entry.live?.node != node, entry.carriers[node] == nil {
            return false
        }
        let (group, region) = (filters["nodeGroup"], filters["region"])
        if group == nil, region == nil { return true }
        guard let pool = entry.live.flatMap({ view.nodes[$0.node]?.pool }) else { return false }
        return (group.map { $0 == pool.group } ?? true) && (region.map { $0 == pool.region } ?? true)
    }

    // MARK: - Where a page begins

    /// `scope/name`, with the slashes and percent signs of a scope percent-encoded: only so is it known where the scope ends.
    static func text(_ key: StreamKey) -> String {
        let scope = key.scope.replacing("%", with: "%25").replacing("/", with: "%2F")
        return "\(scope)/\(key.name)"
    }

    private static func key(_ text: String) throws(Problem) -> StreamKey {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
            let scope = PercentDecoding.text(Array(text[..<slash].utf8)[...])
        else {
            throw .badRequest("the parameter 'after' is '\(text.prefix(40))', not SCOPE/NAME as in the link of a page")
        }
        return StreamKey(scope: scope, name: String(text[text.utf8.index(after: slash)...]))
    }
}
