internal import Foundation
internal import Reconciler

/// What the manager keeps in a workspace: the variables that Terraform reads, and a directory of its own beside them.
///
///     nodes.auto.tfvars.json        the nodes that there are to be (0600: their tokens are in it)
///     .smreconcile/journal.json     what is under way, and which state was seen last
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
    private var own: String { directory + "/.smreconcile" }

    /// What a command prints that runs no longer is removed when nothing was added for so long, in seconds: a manager that still reads
    /// it, in another container perhaps, does so at once.
    static let leftoverAge: Double = 3600
    private static let runPrefix = "run-"
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

    /// What was written last. Throws when it does not read, or when a part of it is missing: that would look as if all nodes were gone.
    func load() throws(ProviderFailure) -> TerraformRecord {
        var record = TerraformRecord()
        let known = try read(journal)
        if let known {
            do {
                record.journal = try JSONDecoder().decode(TerraformJournal.self, from: known)
            } catch {
                throw .retryable("'\(journal)' is not what the manager wrote there; take it from a backup")
            }
        }
        guard let data = try read(variables) else {
            guard known == nil else {
                throw .retryable(
                    "'\(variables)' is missing, and the manager's nodes were in it; take it from a backup, or remove "
                        + "'\(journal)' when the nodes are gone for good")
            }
            return record
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

    /// Before a change: the intent is in the journal when the variables ask for it.
    func begin(_ record: TerraformRecord) throws(ProviderFailure) {
        try write(record.journal)
        try write(record.variables)
    }

    /// After a change: the journal forgets it when the variables are as they stay.
    func finish(_ record: TerraformRecord) throws(ProviderFailure) {
        try write(record.variables)
        try write(record.journal)
        try? FileManager.default.removeItem(atPath: plan)
    }

    private func write(_ value: TerraformVariables) throws(ProviderFailure) {
        guard let data = try? value.data() else { throw .terminal("a node's settings are no JSON") }
        try write(data, variables)
    }

    private func write(_ value: TerraformJournal) throws(ProviderFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { throw .terminal("a node's settings are no JSON") }
        try write(data, journal)
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
