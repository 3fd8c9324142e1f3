internal import Foundation
internal import Reconciler

/// What is written down of one local node, in `<directory>/<node>/instance.json`.
///
///     intent (no pid) ──spawn──▶ running ──destroy──▶ stopping ──▶ gone
///                                   └───────── died ───────────────▲
///
/// The intent is on the disk before the process exists, the pid right after. A manager that ends between the two finds
/// the process by the token in its environment (``ProcessTable/environment(of:_:)``).
struct InstanceRecord: Codable, Equatable, Sendable {
    var tags: InstanceTags
    var token: String
    var revision: String
    var address: String
    /// In the order of the role's endpoints.
    var endpoints: [Endpoint]
    /// Every port that it was given, by its name in the command.
    var ports: [String: Int]
    /// As in the spec, with its placeholders: the values of some are secret.
    var command: [String]
    var createdAt: Timestamp
    var process: Identity?
    var stoppingSince: Timestamp?
    var goneAt: Timestamp?

    /// One process, never confused with a later one of the same number.
    struct Identity: Codable, Hashable, Sendable {
        var pid: Int32
        /// In clock ticks since the boot of that id.
        var startTime: UInt64
        var bootID: String
    }

    /// What a list says of it.
    func instance(_ state: Instance.State) -> Instance {
        Instance(
            id: "process-\(tags.node)", tags: tags, token: token, revision: revision, state: state, address: address,
            endpoints: endpoints)
    }
}

/// The records of all process providers of one data directory: `<root>/<provider>/<node>/instance.json`.
struct InstanceRecords: Sendable {
    /// `<data>/nodes`.
    let root: String
    let provider: String

    /// That of this provider.
    var directory: String { "\(root)/\(provider)" }

    /// The node's own directory: its record, its log, and whatever its command puts there.
    func directory(of node: NodeID) -> String { "\(directory)/\(node)" }

    /// What the node prints, on either stream.
    func log(of node: NodeID) -> String { directory(of: node) + "/log" }

    /// Ids become names of directories: no separators, nothing that leads upwards or hides.
    static func isFileName(_ node: NodeID) -> Bool {
        let name = node.rawValue
        return !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 0x20 && $0 != 0x7f }
    }

    /// Nil when there is no record of that node.
    func load(_ node: NodeID) throws(SystemError) -> InstanceRecord? {
        try load(from: directory(of: node))
    }

    /// All of this provider, gone ones too, in the order of their ids.
    func all() throws(SystemError) -> [InstanceRecord] {
        var records: [InstanceRecord] = []
        for name in try Files.names(in: directory) {
            if let record = try load(from: "\(directory)/\(name)") { records.append(record) }
        }
        return records
    }

    /// The ports of every node of every provider here that is not gone, but those of `node` itself.
    func portsInUse(except node: NodeID) throws(SystemError) -> Set<Int> {
        var ports: Set<Int> = []
        for provider in try Files.names(in: root) where Files.isDirectory("\(root)/\(provider)") {
            for record in try InstanceRecords(root: root, provider: provider).all()
            where record.goneAt == nil && record.tags.node != node {
                ports.formUnion(record.ports.values)
            }
        }
        return ports
    }

    /// Durable when it returns.
    func save(_ record: InstanceRecord) throws(SystemError) {
        let path = directory(of: record.tags.node)
        try Files.makeDirectory(path)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(record) else {
            preconditionFailure("a record of strings and whole numbers can always be written: \(record)")
        }
        try Files.replace(path + "/instance.json", with: data)
    }

    /// Removes the node's directory, with its log.
    func remove(_ node: NodeID) {
        try? FileManager.default.removeItem(atPath: directory(of: node))
    }

    /// A directory without a record is one whose making was cut short before anything was started.
    private func load(from directory: String) throws(SystemError) -> InstanceRecord? {
        let path = directory + "/instance.json"
        guard let data = try Files.read(path) else { return nil }
        do {
            return try JSONDecoder().decode(InstanceRecord.self, from: data)
        } catch {
            throw SystemError.malformed(path)
        }
    }
}
