internal import Reconciler

/// What a shell provider is asked to do.
enum ShellVerb: String, Sendable, CaseIterable {
    case list, create, destroy
    /// Optional: for people.
    case describe, images, types

    /// Whether it may have changed something when nobody knows how it ended.
    var isChange: Bool { self == .create || self == .destroy }

    /// The command line for it; empty when the spec has none.
    func words(of spec: ShellSpec) -> [String] {
        switch self {
        case .list: spec.list
        case .create: spec.create
        case .destroy: spec.destroy
        case .describe: spec.describe
        case .images: spec.images
        case .types: spec.types
        }
    }
}

/// What the exit codes of the commands mean: those of sysexits.h, where it has one that fits. Any other than these says nothing of
/// what happened before it, for that is how scripts end that broke in the middle.
enum ShellExit: Int32, Sendable, CaseIterable {
    case done = 0
    /// `EX_USAGE`: the request or the configuration of the script is wrong.
    case usage = 64
    /// `EX_DATAERR`: the same, of a value in the request.
    case badRequest = 65
    /// `EX_NOINPUT`: what it is about is not there.
    case notFound = 66
    /// `EX_UNAVAILABLE`: no capacity or no quota in that region now.
    case noCapacity = 69
    /// `EX_TEMPFAIL`: throttled, locked, or not to be reached; nothing happened.
    case retryable = 75
    /// `EX_NOPERM`: not allowed, or not known who asks.
    case noPermission = 77
    /// `EX_CONFIG`: the configuration of the script is wrong.
    case configuration = 78

    /// In the words of failures.
    var meaning: String {
        switch self {
        case .done: "done"
        case .usage, .badRequest: "bad request"
        case .notFound: "not found"
        case .noCapacity: "no capacity"
        case .retryable: "try again"
        case .noPermission: "no permission"
        case .configuration: "bad configuration"
        }
    }

    /// What it means for the caller; nil: it is done.
    func failure(of verb: ShellVerb, _ message: String) -> ProviderFailure? {
        switch self {
        case .done: nil
        // What is gone already need not be destroyed.
        case .notFound: verb == .destroy ? nil : .terminal(message)
        case .noCapacity: verb == .create ? .noCapacity(message) : .retryable(message)
        case .retryable: .retryable(message)
        case .usage, .badRequest, .noPermission, .configuration: .terminal(message)
        }
    }
}
