/// The serving nodes of one place that take clients, by kind of client and by protocol.
package final class Candidates: Sendable {
    /// One kind of client.
    struct Lists: Sendable {
        /// At the nodes' default endpoints.
        let all: CandidateList
        /// Those that have an endpoint of a protocol or of a family, at that endpoint.
        let byProtocol: [String: CandidateList]

        static let empty = Lists(all: .empty, byProtocol: [:])

        func list(_ wanted: String?) -> CandidateList {
            guard let wanted else { return all }
            return byProtocol[wanted] ?? .empty
        }
    }

    let publish: Lists
    let subscribe: Lists
    /// For publishers whose stream is to be transcoded.
    let transcode: Lists

    init(publish: Lists, subscribe: Lists, transcode: Lists) {
        self.publish = publish
        self.subscribe = subscribe
        self.transcode = transcode
    }

    /// No nodes.
    static let empty = Candidates(publish: .empty, subscribe: .empty, transcode: .empty)

    /// Who may be the answer to a question, as far as this place goes.
    package func list(for query: RouteQuery) -> CandidateList {
        // Each case by itself: a copy of the lists would count their references on every decision.
        let list: CandidateList
        switch (query.action, query.transcode) {
        case (.subscribe, _): list = query.protocol == nil ? subscribe.all : subscribe.list(query.protocol)
        case (.publish, false): list = query.protocol == nil ? publish.all : publish.list(query.protocol)
        case (.publish, true): list = transcode.list(query.protocol)
        }
        return query.capabilities.isEmpty ? list : list.narrowed(to: query.capabilities)
    }
}

extension Candidates.Lists {
    /// These nodes, each with one candidate at its default endpoint.
    init(_ members: [(entry: RoutingView.NodeEntry, candidate: Candidate)]) {
        all = CandidateList(members.map(\.candidate))
        let protocols = ProtocolFamily.names(of: members.lazy.flatMap { $0.entry.endpoints.map(\.protocol) })
        let list = all
        byProtocol = Dictionary(
            uniqueKeysWithValues: protocols.map { name in
                (name, list.compactMap { index, candidate in members[index].entry.at(name, candidate) })
            })
    }

    /// Those of several places together.
    init(joining parts: [Candidates.Lists]) {
        if parts.count == 1, let only = parts.first {
            self = only
            return
        }
        all = CandidateList(joining: parts.map(\.all))
        var protocols: [String: [CandidateList]] = [:]
        for part in parts { for (name, list) in part.byProtocol { protocols[name, default: []].append(list) } }
        byProtocol = protocols.mapValues { CandidateList(joining: $0) }
    }
}

extension Candidates {
    /// Several places as one.
    convenience init(joining parts: [Candidates]) {
        self.init(
            publish: Lists(joining: parts.map(\.publish)), subscribe: Lists(joining: parts.map(\.subscribe)),
            transcode: Lists(joining: parts.map(\.transcode)))
    }
}

extension RoutingView.NodeEntry {
    /// A candidate of this node at its endpoint of a protocol; nil when it has none.
    fileprivate func at(_ name: String, _ candidate: Candidate) -> Candidate? {
        guard let index = endpoints.index(speaking: name) else { return nil }
        let endpoint = endpoints[index]
        if endpoint == candidate.endpoint { return candidate }
        return candidate.at(endpoint, answers.indices.contains(index) ? answers[index] : nil)
    }
}
