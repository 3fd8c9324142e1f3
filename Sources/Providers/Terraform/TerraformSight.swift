internal import Reconciler

/// What was seen of a workspace at one moment, and the listing that follows from it.
struct TerraformSight: Sendable {
    /// The record before and after the state was read; a change may have been under way between.
    var records: [TerraformRecord]
    var state: TerraformState

    /// All nodes that there may be.
    var nodes: [String: TerraformNode] { records.reduce(into: [:]) { $0.merge($1.nodes) { _, later in later } } }

    /// Whether every earlier change came to its end, and the files are as they were written.
    var isQuiet: Bool { records.last.map { $0.journal.isQuiet && $0.edit == nil } ?? true }

    /// The instances of one owner and region.
    ///
    /// - Parameters:
    ///   - awaited: nodes whose create is under way and waited for: that they are not there yet says nothing, and is known.
    ///   - vanished: nodes that the cloud itself no longer has.
    ///   - doubt: why more nodes seem to be gone than is believed; nil: none do.
    func listing(
        owner: String, region: String, awaited: Set<String>, vanished: Set<String>, doubt: String? = nil
    ) -> Listing {
        let nodes = nodes
        let present = state.addresses(of: Set(nodes.keys))
        let unfinished = records.reduce(into: Set<String>()) { $0.formUnion($1.journal.unfinished) }
        let leaving = records.reduce(into: Set<String>()) { $0.formUnion($1.journal.leaving.keys) }
        let lost = records.reduce(into: vanished) { $0.formUnion($1.journal.forgotten.keys) }
        var listing = Listing(instances: [], complete: true)
        var doubtful: [String] = []
        for (name, node) in nodes.sorted(by: { $0.key < $1.key }) {
            let entry = node.entry
            guard entry.owner == owner, entry.region == region else { continue }
            guard present[name] != nil else {
                if unfinished.contains(name), !awaited.contains(name) { doubtful.append(name) }
                continue
            }
            var instance: Instance
            if let made = state.nodes?[name] {
                instance = entry.instance(made)
            } else {
                // It has resources, and the output does not know of it yet.
                instance = entry.instance(name, .pending)
            }
            // Where its making has not come to its end, the output tells of a part of it.
            if records.last?.journal.unfinished.contains(name) ?? false, instance.state == .running {
                instance.state = .pending
            }
            if leaving.contains(name) { instance.state = .stopping }
            if lost.contains(name) { instance.state = .gone }
            listing.instances.append(instance)
        }
        let strange = Set((state.nodes ?? [:]).keys).subtracting(nodes.keys).sorted()
        if !doubtful.isEmpty {
            listing.cut("the change that made \(Self.some(doubtful)) did not come to its end, and is looked after")
        }
        if !strange.isEmpty {
            listing.cut(
                "the output 'nodes' has \(Self.some(strange)), which nodes.auto.tfvars.json does not; put that file back"
            )
        }
        if let doubt { listing.cut(doubt) }
        if let edit = records.last?.edit { listing.cut(edit) }
        return listing
    }

    private static func some(_ names: [String]) -> String {
        names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            + (names.count > 3 ? " and \(names.count - 3) more" : "")
    }
}

extension Listing {
    fileprivate mutating func cut(_ reason: String) {
        complete = false
        shortfall = shortfall.map { "\($0); \(reason)" } ?? reason
    }
}
