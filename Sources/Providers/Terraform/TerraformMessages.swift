internal import Foundation

/// What `plan -json` and `apply -json` say, line by line.
///
/// See https://developer.hashicorp.com/terraform/internals/machine-readable-ui; OpenTofu prints the same.
struct TerraformMessages: Sendable, Equatable {
    /// What is to become of one resource.
    struct Change: Sendable, Equatable {
        var address: TerraformAddress
        /// `create`, `update`, `delete`, `replace`, `read`, `move`, `noop` and others.
        var action: String
        /// Why, e.g. `tainted`; nil: no reason is given.
        var reason: String?
    }

    /// An error.
    struct Complaint: Sendable, Equatable {
        var summary: String
        var detail: String
        /// The resource that it is about; nil: none, or the whole configuration.
        var address: TerraformAddress?
        /// The block of the configuration that it points to, as `resource "aws_instance" "node"`; empty: none.
        var context = ""

        /// On one line: the summary and what Terraform says in the first paragraph of its detail.
        var words: String {
            let paragraph =
                detail.split(separator: "\n\n", omittingEmptySubsequences: true).first.map(String.init) ?? ""
            let place = (address?.description ?? context).isEmpty ? "" : " (\(address?.description ?? context))"
            let words = (summary + place + (paragraph.isEmpty ? "" : ": " + paragraph)).onOneLine
            // So Terraform ends where a provisioner printed nothing.
            return words.hasSuffix(" Output:") ? String(words.dropLast(" Output:".count)) : words
        }
    }

    /// How many resources a plan says that it adds, changes and removes; a replacement counts as both.
    struct Summary: Sendable, Equatable {
        var add: Int
        var change: Int
        var remove: Int
    }

    /// What the plan would do, with nothing left out but what stays as it is.
    var changes: [Change] = []
    /// What happened to resources outside of Terraform.
    var drift: [Change] = []
    /// Nil: the plan did not come to its end.
    var summary: Summary?
    /// The outputs that change.
    var changedOutputs: Set<String> = []
    var complaints: [Complaint] = []

    private struct Line: Decodable {
        struct Resource: Decodable { var addr: String }
        struct Change: Decodable {
            var resource: Resource
            var action: String
            var reason: String?
        }
        struct Counts: Decodable {
            var add: Int
            var change: Int
            var remove: Int
            var operation: String
        }
        struct Diagnostic: Decodable {
            var severity: String
            var summary: String
            var detail: String?
            var address: String?
            var snippet: Snippet?
        }
        struct Snippet: Decodable {
            struct Value: Decodable {
                var traversal: String
                var statement: String
            }
            var context: String?
            var values: [Value]?
        }
        struct Output: Decodable { var action: String? }
        var type: String
        var change: Change?
        var changes: Counts?
        var diagnostic: Diagnostic?
        var outputs: [String: Output]?
    }

    /// Reads what was printed. Lines that are no messages, or of types that nobody asked for, are left out.
    init(_ output: [UInt8]) {
        let decoder = JSONDecoder()
        for bytes in output.split(separator: 10) {
            // Most of a long apply is progress.
            guard let line = try? decoder.decode(Line.self, from: Data(bytes)) else { continue }
            take(line)
        }
    }

    private mutating func take(_ line: Line) {
        switch line.type {
        case "planned_change":
            if let change = line.change.map(Self.change) { changes.append(change) }
        case "resource_drift":
            if let change = line.change.map(Self.change) { drift.append(change) }
        case "change_summary":
            guard let counts = line.changes, counts.operation == "plan" else { return }
            summary = Summary(add: counts.add, change: counts.change, remove: counts.remove)
        case "outputs":
            let changed = (line.outputs ?? [:]).filter { $0.value.action.map { $0 != "noop" } ?? false }
            changedOutputs.formUnion(changed.keys)
        case "diagnostic":
            guard let found = line.diagnostic, found.severity == "error" else { return }
            complaints.append(
                Complaint(
                    summary: found.summary, detail: found.detail ?? "", address: Self.address(found),
                    context: found.snippet?.context ?? ""))
        default: return
        }
    }

    /// A condition that does not hold has no address: its block and the key in its values tell which resource it is, but for the module.
    private static func address(_ found: Line.Diagnostic) -> TerraformAddress? {
        if let text = found.address, !text.isEmpty { return TerraformAddress(text) }
        let words = (found.snippet?.context ?? "").split(separator: " ").map { $0.filter { $0 != "\"" } }
        let key = found.snippet?.values?.first { $0.traversal == "each.key" }?.statement
        guard words.count == 3, words[0] == "resource", let key, key.hasPrefix("is \"") else { return nil }
        return TerraformAddress("\(words[1]).\(words[2])[\(key.dropFirst(3))]")
    }

    private static func change(_ wire: Line.Change) -> Change {
        Change(address: TerraformAddress(wire.resource.addr), action: wire.action, reason: wire.reason)
    }

    /// Whether the changes are all that the plan's own summary counts: else a line was not understood, and nothing can be said about it.
    var isWhole: Bool {
        guard let summary else { return false }
        func count(_ actions: Set<String>) -> Int { changes.count { actions.contains($0.action) } }
        return summary.add == count(["create", "replace"]) && summary.remove == count(["delete", "replace"])
            && summary.change == count(["update"])
    }

    /// Whether an apply would do anything.
    var isEmpty: Bool { changes.allSatisfy { $0.action == "noop" } && changedOutputs.isEmpty }

    /// Whether an error is about a node.
    func accuses(_ node: String) -> Bool { complaints.contains { $0.address?.keys.contains(node) ?? false } }

    /// Whether somebody else changes the same state just now.
    var isLocked: Bool { complaints.contains { $0.summary.localizedCaseInsensitiveContains("state lock") } }

    /// Whether the state changed between the plan and its apply.
    var isStale: Bool { complaints.contains { $0.summary.localizedCaseInsensitiveContains("plan is stale") } }

    /// Whether `init` would help.
    var needsInit: Bool {
        complaints.contains { complaint in
            ["terraform init", "tofu init"].contains { complaint.words.contains($0) || complaint.detail.contains($0) }
        }
    }
}
