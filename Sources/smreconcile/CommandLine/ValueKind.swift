/// What a word of the command line may be: for completion, and for what the manual says of it.
enum ValueKind: Sendable, Equatable {
    /// Nobody knows beforehand.
    case free
    /// One of these.
    case words([String])
    case files
    case directories
    /// The name of a command.
    case commands
    /// What a running manager knows, by its name there.
    case nodes
    case groups
    case regions
    case roles
    /// `GROUP/ROLE`.
    case pools
    /// A node or `GROUP/ROLE`.
    case subjects
    /// `SCOPE/NAME` of a live stream.
    case streams
    /// A hash that something is held under.
    case approvals

    /// By what stands for it in the help.
    init(placeholder: String) {
        switch placeholder {
        case "PATH", "FILE", "SPEC", "TRACE": self = .files
        case "DIR": self = .directories
        case "GROUP": self = .groups
        case "REGION": self = .regions
        case "NODE": self = .nodes
        case "SCOPE/NAME": self = .streams
        default: self = .free
        }
    }

    /// Whether a manager has to be asked.
    var isAsked: Bool {
        switch self {
        case .free, .words, .files, .directories, .commands: false
        case .nodes, .groups, .regions, .roles, .pools, .subjects, .streams, .approvals: true
        }
    }
}
