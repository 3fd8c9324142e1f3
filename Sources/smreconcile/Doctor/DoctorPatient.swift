internal import Reconciler

/// What `doctor` is to look at.
struct DoctorPatient: Sendable {
    /// The spec files; empty for none.
    var paths: [String]
    /// A repository in place of files.
    var git: DaemonOptions.GitSource?
    var dataDirectory: String
    /// In place of the spec's.
    var listen: String?
    var listenTLS: String?
    /// Nothing beyond this machine is asked.
    var isOffline: Bool
    var environment: [String: String]

    /// The settings of the manager: those of the spec, else the defaults.
    var manager = ManagerSpec()
    /// Nil: there is none, or it does not read.
    var spec: Spec?
    /// What the database holds; nil: there is none, or it does not read.
    var store: StoreFacts?

    /// What other checks need of the database.
    struct StoreFacts: Sendable, Equatable {
        /// The daemon that has it.
        var holder: Int?
        var owner: String?
        var newestAt: Timestamp?
    }
}
