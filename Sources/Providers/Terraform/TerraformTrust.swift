internal import Reconciler

/// Whether a state may be believed. One that was lost, swapped or rolled back looks as if nodes were gone that run.
enum TerraformTrust {
    /// The words for what is wrong with it; nil: it goes on from what was seen last.
    static func problem(_ state: TerraformState, _ record: TerraformRecord, _ files: TerraformFiles) -> String? {
        let journal = record.journal
        let remedy =
            "if that is meant to be so, remove '\(files.journal)' and '\(files.variables)', and start the manager again"
        if !journal.lineage.isEmpty {
            if state.lineage.isEmpty {
                return "the state of the workspace '\(files.directory)' is empty, and was not; \(remedy)"
            }
            if state.lineage != journal.lineage {
                return
                    "the workspace '\(files.directory)' has another state than before (lineage \(state.lineage), not "
                    + "\(journal.lineage)); \(remedy)"
            }
            if state.serial < journal.serial {
                return "the state of the workspace '\(files.directory)' is older than the one seen last (serial "
                    + "\(state.serial), not \(journal.serial) or more): nodes may be missing in it; put the newest back"
            }
        }
        let settled = Set(record.variables.nodes.keys).subtracting(journal.unfinished)
        guard !settled.isEmpty else { return nil }
        if state.lineage.isEmpty {
            return
                "'\(files.variables)' names \(settled.count) nodes, and the state of the workspace is empty; \(remedy)"
        }
        if state.nodes == nil, !state.addresses(of: settled).isEmpty {
            return
                "the workspace '\(files.directory)' has no output 'nodes'; give it one, a map by node id, and apply it"
        }
        return nil
    }
}
