/// Where the spec comes from, how its newest state stands to the one in force, and what is wrong with it: what a person asks first when a
/// change that was pushed does not show.
package struct SourceStatus: Sendable, Equatable {
    /// The files or the repository.
    package enum Place: Sendable, Equatable {
        case files([String])
        /// The URL, the branch as ``GitRef/fullName``, and the paths within.
        case git(url: String, ref: String, paths: [String])
    }

    /// A repository that is out of reach.
    package struct Outage: Sendable, Equatable {
        /// The first failure.
        package var since: Timestamp
        /// What git says, without secrets.
        package var message: String

        /// An outage.
        package init(since: Timestamp, message: String) {
            self.since = since
            self.message = message
        }
    }

    /// Where it comes from.
    package var place: Place
    /// The commit in force.
    package var inForce: GitCommit?
    /// The newest one, in force or not.
    package var newest: GitCommit?
    /// What keeps the newest state from coming into force; empty: it is in force.
    package var problems: [SpecDiagnostic] = []
    /// When the repository was last reached.
    package var fetchedAt: Timestamp?
    /// Set while it is out of reach.
    package var outage: Outage?

    /// Nothing is known of it yet.
    package init(_ place: Place) { self.place = place }

    /// What everyone should know who asks whether all is well; no problem of the newest commit, which the control loop tells.
    package var trouble: String? {
        outage.map { outage in
            "git: out of reach since \(outage.since): \(outage.message)"
                + (inForce.map { "; commit \($0.short) stays in force" } ?? "")
        }
    }
}
