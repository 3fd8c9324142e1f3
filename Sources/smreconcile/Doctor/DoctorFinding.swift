/// One thing that `doctor` looked at.
struct DoctorFinding: Sendable, Equatable, Encodable {
    /// How it is, the worst last.
    enum Level: String, Sendable, Encodable, CaseIterable {
        case ok, warn, fail
    }

    /// What it belongs to: `spec`, `clock`, `disk` and so on.
    var check: String
    var level: Level
    /// What was found.
    var found: String
    /// What to do about it; nil where there is nothing to be done.
    var advice: String?

    static func ok(_ check: String, _ found: String) -> DoctorFinding {
        DoctorFinding(check: check, level: .ok, found: found, advice: nil)
    }

    static func warn(_ check: String, _ found: String, _ advice: String) -> DoctorFinding {
        DoctorFinding(check: check, level: .warn, found: found, advice: advice)
    }

    static func fail(_ check: String, _ found: String, _ advice: String) -> DoctorFinding {
        DoctorFinding(check: check, level: .fail, found: found, advice: advice)
    }
}
