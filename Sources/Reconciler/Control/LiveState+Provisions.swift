extension LiveState {
    /// Takes into a question what the provision of its stream says: where it may be served, what its nodes must be capable of, and
    /// which nodes were picked ahead of time. A viewer of a ladder that is not live under its own name is given its best live level:
    /// the question is about that stream then.
    ///
    /// A question that names capabilities itself (`hasOwnCapabilities`) keeps them. Where several groups serve the scope, the first
    /// of them that has a provision for the stream counts; for viewers it is the group in which the stream is live.
    package func honourProvisions(in query: inout RouteQuery, hasOwnCapabilities: Bool = false) {
        if provisions.isEmpty { return }
        let guid = query.stream.description
        let entries = provisions.read { $0.naming(guid) }
        if entries.isEmpty { return }
        switch query.action {
        case .publish:
            let asked = query
            let groups = view.groups.lazy.filter { asked.asks($0) }.map(\.name)
            guard let entry = groups.compactMap({ name in entries.first { $0.provision.group == name } }).first else {
                return
            }
            query.regionRule = entry.rule
            query.promised = entry.provision.distribution?.nodes ?? []
            if hasOwnCapabilities {
                let wanted = query.capabilities.union(query.transcode ? [.transcode] : [])
                let view = view
                query.promised.removeAll { view.nodes[$0]?.capabilities.isSuperset(of: wanted) != true }
            } else {
                query.capabilities = entry.capabilities.subtracting([.transcode])
                query.transcode = entry.capabilities.contains(.transcode)
            }
        case .subscribe:
            guard let found = liveLevel(of: query.stream, entries) else { return }
            query.stream = found.stream
            query.regionRule = found.entry.rule
        }
    }

    /// The stream itself where it is live, else the best live level of a ladder of its name, and the provision that counts for it.
    private func liveLevel(
        of stream: StreamKey, _ entries: [ProvisionTable.Entry]
    ) -> (stream: StreamKey, entry: ProvisionTable.Entry)? {
        if let group = group(of: stream) {
            return entries.first { $0.provision.group == group }.map { (stream, $0) }
        }
        let guid = stream.description
        for entry in entries where entry.provision.guid == guid {
            for level in entry.levels {
                if let live = level.first(where: { group(of: $0) == entry.provision.group }) { return (live, entry) }
            }
        }
        return nil
    }

    /// The group in which a stream is live.
    private func group(of stream: StreamKey) -> String? {
        streams.entry(stream)?.live.flatMap { view.nodes[$0.node]?.pool.group }
    }

    /// A publisher was sent to a node: when the first of those that were picked ahead of time serves no more, this one is in its
    /// place from now on.
    func follow(_ query: RouteQuery, to candidate: Candidate, at now: Timestamp) {
        let view = view
        guard let first = query.promised.first, first != candidate.node, view.nodes[first]?.isServing != true else {
            return
        }
        provisions.follow(query.stream.description, in: candidate.group, to: candidate.node, at: now) {
            view.nodes[$0]?.isServing == true
        }
    }

    /// Whether a publisher of `stream` on `node` must bring something that the provision of the stream says.
    package func isGuarded(_ stream: StreamKey, on node: NodeID) -> Bool { secret(of: stream, on: node) != nil }

    /// Why a publisher of `stream` may not begin on `node` with what it brought, in words without a secret; nil: it may, as far as
    /// provisions go. A node that takes no publishers can only be pulling, and brings nothing.
    package func refusal(of proof: PublishSecret.Proof, for stream: StreamKey, on node: NodeID) -> String? {
        guard let secret = secret(of: stream, on: node), !secret.isProven(by: proof) else { return nil }
        let wanted = secret.username == nil ? "'token'" : "'username' and 'password'"
        let words = proof.isEmpty ? "and it brought none" : "and what it brought is not right"
        return "a publisher of '\(stream)' needs the \(wanted) of its provision, \(words)"
    }

    private func secret(of stream: StreamKey, on node: NodeID) -> PublishSecret? {
        guard !provisions.isEmpty, let entry = view.nodes[node], entry.takesPublishers else {
            return nil
        }
        return provision(of: stream, at: entry)?.provision.credentials
    }

    /// The provision that counts for a stream on a node: that of the node's own group, else of the first group that serves the scope and
    /// has one, which is the one that counts for publishers who ask. A stream is nobody's in no group.
    private func provision(of stream: StreamKey, at entry: RoutingView.NodeEntry) -> ProvisionTable.Entry? {
        let guid = stream.description
        let entries = provisions.read { $0.naming(guid) }
        if entries.isEmpty { return nil }
        func own(_ group: String) -> ProvisionTable.Entry? { entries.first { $0.provision.group == group } }
        return own(entry.pool.group)
            ?? view.groups.lazy.filter { $0.serves(stream.scope) }.compactMap { own($0.name) }.first
    }

    /// Why a client may not publish or play `stream` at `node`, which is in a region that the stream's provision bars; nil: it may. What
    /// other nodes pull from one that takes no viewers is for viewers elsewhere, and is not looked at.
    package func barrier(of stream: StreamKey, _ action: StreamAction, at node: NodeID) -> String? {
        let view = view
        guard !provisions.isEmpty, let entry = view.nodes[node],
            action == .publish ? entry.takesPublishers : entry.capabilities.contains(.subscribe),
            let rule = provision(of: stream, at: entry)?.rule
        else { return nil }
        let zone = view.group(entry.pool.group)?.regions.first { $0.name == entry.pool.region }?.zone
        if rule.allows(region: entry.pool.region, zone: zone) { return nil }
        return "the provision of '\(stream)' does not allow it in \(entry.pool.region)"
    }
}
