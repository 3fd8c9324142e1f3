internal import Crypto
internal import Foundation
internal import Reconciler

/// What the manager keeps in a workspace: the variables that Terraform reads, and a directory of its own beside them.
///
///     nodes.auto.tfvars.json        the nodes that there are to be (0600: their tokens are in it)
///     .smreconcile/journal.json     what is under way, and which state was seen last
///     .smreconcile/changed.tfvars.json   what somebody else wrote into the variables file
///     .smreconcile/lock             held while something is changed
///     .smreconcile/plan             the plan that was checked, until it is applied
///     .smreconcile/run-….out, .err  what a command prints, while it runs
///
/// All calls block: they are made on the workspace's own thread.
struct TerraformFiles: Sendable {
    /// The absolute path of the workspace.
    let directory: String

    /// Read by Terraform on its own, by its name (https://developer.hashicorp.com/terraform/language/values/variables).
    var variables: String { directory + "/nodes.auto.tfvars.json" }
    /// See above.
    var journal: String { own + "/journal.json" }
    /// See above.
    var lock: String { own + "/lock" }
    /// See above.
    var plan: String { own + "/plan" }
    /// What somebody else wrote into ``variables``, the newest of it.
    var changed: String { own + "/changed.tfvars.json" }
    private var own: String { directory + "/.smreconcile" }

    /// What a command prints that runs no longer is removed when nothing was added for so long, in seconds: a manager that still reads
    /// it, in another container perhaps, does so at once.
    static let leftoverAge: Double = 3600
    private static let runPrefix = "run-"
    /// The files are read again when they were written meanwhile, so often.
    private static let loads = 5
    /// The names by which Terraform and OpenTofu know a configuration.
    private static let configurations = [".tf", ".tf.json", ".tofu", ".tofu.json"]

    /// Where a new run's output and errors go; no two runs have the same.
    func newRun() -> (output: String, errors: String) {
        let path = "\(own)/\(Self.runPrefix)\(UUID().uuidString)"
        return (path + ".out", path + ".err")
    }

    /// Removes what the runs of managers left that were killed. For who has the lock, when no earlier Terraform is at work.
    func removeLeftovers() {
        // What stays is removed the next time.
        for name in (try? Files.names(in: own)) ?? [] where name.hasPrefix(Self.runPrefix) {
            let path = own + "/" + name
            let facts = try? FileManager.default.attributesOfItem(atPath: path)
            guard let changed = facts?[.modificationDate] as? Date, -changed.timeIntervalSinceNow > Self.leftoverAge
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// Makes the directory of our own. Throws when there is no workspace: nothing is written where a volume is not mounted.
    func prepare() throws(ProviderFailure) {
        guard Files.isDirectory(directory) else {
            throw .terminal(
                "the Terraform workspace '\(directory)' is no directory; make it, or correct 'directory' of the provider"
            )
        }
        let names: [String]
        do throws(SystemError) { names = try Files.names(in: directory) } catch {
            throw .retryable(error.description)
        }
        guard names.contains(where: { name in Self.configurations.contains { name.hasSuffix($0) } }) else {
            throw .retryable("'\(directory)' has no Terraform configuration: is a volume not mounted?")
        }
        do throws(SystemError) { try Files.makeDirectory(own) } catch { throw .retryable(error.description) }
    }

    /// What was written last; nil: nothing. Throws when it does not read, or when a part of it is missing: that would look as if all nodes
    /// were gone. A variables file that somebody changed is not believed: the journal has what it held.
    func load() throws(ProviderFailure) -> TerraformRecord? {
        for _ in 0..<Self.loads {
            let known = try read(journal)
            let record = try record(known, try read(variables))
            guard record?.edit != nil else { return record }
            // Another manager may have written both between the two reads.
            if try read(journal) == known { return record }
        }
        throw .retryable("'\(journal)' was written anew each time it was read")
    }

    private func record(_ known: Data?, _ data: Data?) throws(ProviderFailure) -> TerraformRecord? {
        var record = TerraformRecord()
        if let known { record.journal = try Self.journal(known, journal) }
        if let nodes = record.journal.nodes, let digests = record.journal.digests,
            !(data.map { digests.contains(Self.digest($0)) } ?? false)
        {
            record.variables = TerraformVariables(nodes: nodes)
            let what = data == nil ? "is missing" : "is not what the manager wrote: somebody changed it"
            record.edit =
                "'\(variables)' \(what); it is written anew from '\(journal)'"
                + (data == nil ? "" : ", and what it held goes to '\(changed)'")
            return record
        }
        guard let data else {
            guard known == nil else {
                throw .retryable(
                    "'\(variables)' is missing, and the manager's nodes were in it; take it from a backup, or remove "
                        + "'\(journal)' when the nodes are gone for good")
            }
            return nil
        }
        do {
            record.variables = try TerraformVariables(data)
        } catch {
            throw .retryable(
                "'\(variables)' is not what the manager writes there: a map 'nodes' of nodes by their ids; take it from a backup"
            )
        }
        return record
    }

    /// Puts what the journal says in the place of a variables file that somebody changed, and keeps that apart.
    func restore(_ record: TerraformRecord) throws(ProviderFailure) {
        if let data = try read(variables) { try write(data, changed) }
        try write(try Self.data(record.variables), variables)
    }

    /// Before a change: the intent is in the journal when the variables ask for it.
    func begin(_ record: TerraformRecord) throws(ProviderFailure) {
        try announce(record)
        try write(try Self.data(record.variables), variables)
    }

    /// After a change: the journal forgets it when the variables are as they stay.
    func finish(_ record: TerraformRecord) throws(ProviderFailure) {
        let data = try Self.data(record.variables)
        if let known = try read(journal) {
            // A crash between the two must not look as if somebody had changed the variables.
            var old = try Self.journal(known, journal)
            old.digests = old.digests.map { Self.added(Self.digest(data), to: $0) }
            try write(try Self.data(old), journal)
        }
        try write(data, variables)
        var journal = record.journal
        (journal.nodes, journal.digests) = (record.variables.nodes, [Self.digest(data)])
        try write(try Self.data(journal), self.journal)
        try? FileManager.default.removeItem(atPath: plan)
    }

    private func announce(_ record: TerraformRecord) throws(ProviderFailure) {
        let now = try read(variables).map(Self.digest)
        var journal = record.journal
        journal.nodes = record.variables.nodes
        journal.digests = Self.added(Self.digest(try Self.data(record.variables)), to: now.map { [$0] } ?? [])
        try write(try Self.data(journal), self.journal)
    }

    private static func added(_ digest: String, to digests: [String]) -> [String] {
        digests.contains(digest) ? digests : digests + [digest]
    }

    private static func digest(_ data: Data) -> String { Digest.sha256Hex(String(decoding: data, as: UTF8.self)) }

    private static func journal(_ data: Data, _ path: String) throws(ProviderFailure) -> TerraformJournal {
        do {
            return try JSONDecoder().decode(TerraformJournal.self, from: data)
        } catch {
            throw .retryable("'\(path)' is not what the manager wrote there; take it from a backup")
        }
    }

    private static func data(_ value: TerraformVariables) throws(ProviderFailure) -> Data {
        guard let data = try? value.data() else { throw .terminal("a node's settings are no JSON") }
        return data
    }

    private static func data(_ value: TerraformJournal) throws(ProviderFailure) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { throw .terminal("a node's settings are no JSON") }
        return data
    }

    private func write(_ data: Data, _ path: String) throws(ProviderFailure) {
        do throws(SystemError) {
            // What is there already needs no write to the disk.
            if try Files.read(path) != data { try Files.replace(path, with: data) }
        } catch {
            throw .retryable(error.description)
        }
    }

    private func read(_ path: String) throws(ProviderFailure) -> Data? {
        do throws(SystemError) { return try Files.read(path) } catch { throw .retryable(error.description) }
    }
}
