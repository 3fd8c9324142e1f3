internal import Reconciler

/// A node as the API answers a command about it, and what is said of it: what is in force now, and what comes next.
struct NodeText: Decodable {
    var id: String
    var state: NodeState
    var waiting: String?
    var protectedUntil: Timestamp?
    var selfProtected: Bool?
    var drainRequested: NodeMarks.DrainRequest?

    /// After `drain`.
    var drained: String {
        let back = "'smreconcile uncordon \(id)' takes it back"
        switch state {
        case .inService: return "\(id) serves on for now\(next)\n\(back)"
        case .draining: return "\(id) drains\(next)\n\(back)"
        default: return "\(id) is \(state.rawValue)\(wait)"
        }
    }

    /// After `terminate`.
    var terminated: String { "\(id) is \(state.rawValue)\(wait)" }

    /// After `protect --for`.
    var protected: String {
        let end = protectedUntil.map { " until \($0)" } ?? ""
        let what =
            state == .draining
            ? "it drains, and is neither evicted nor ended" : "it is not scaled in, replaced or evicted"
        return """
            \(id) is protected\(end): \(what) before
            'smreconcile protect \(id) --off' ends it sooner
            """
    }

    /// After `protect --off`.
    var unprotected: String {
        selfProtected == true
            ? "\(id) is protected by its own heartbeats alone" : "\(id) is not protected any more"
    }

    private var next: String { waiting.map { ": \($0)" } ?? "" }
    private var wait: String { waiting.map { ", waiting: \($0)" } ?? "" }
}
