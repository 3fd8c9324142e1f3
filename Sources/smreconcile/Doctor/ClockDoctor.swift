internal import Reconciler

/// Whether this machine's clock can be believed. Signatures, tokens and certificates are good for a time; a clock that is set back stops
/// time-outs.
enum ClockDoctor {
    private static let check = "clock"
    /// The kernel believes itself to be within so much of the true time, or somebody should look.
    static let largestError: Duration = .seconds(1)
    /// A database tells of things so much later than now only where the clock was set back.
    static let tolerance: Duration = .seconds(5)

    /// What the kernel says of its own clock (adjtimex(2)); it cannot be asked for the true time, only whether somebody keeps it.
    struct Facts: Sendable, Equatable {
        var now: Timestamp
        /// Something such as chrony or systemd-timesyncd keeps it in time.
        var isSynchronized: Bool
        /// The most that it may be wrong, by that one's word.
        var maximumError: Duration
    }

    /// What the kernel says, and whether the `newest` thing in the database is from the future. Nil for what is not to be judged.
    static func judge(_ facts: Facts?, newest: Timestamp?) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if let facts {
            if !facts.isSynchronized {
                findings.append(
                    .warn(
                        check, "nobody keeps this machine's clock in time, by the kernel's word; it says \(facts.now)",
                        "compare it, and run chrony or systemd-timesyncd"))
            } else if facts.maximumError > largestError {
                findings.append(
                    .warn(
                        check,
                        "it may be \(facts.maximumError.specText) wrong, by the kernel's word; it says \(facts.now)",
                        "see whether chrony or systemd-timesyncd reaches its servers"))
            } else {
                findings.append(.ok(check, "kept in time, to \(facts.maximumError.specText) by the kernel's word"))
            }
        }
        let now = facts?.now ?? SystemTime().now()
        if let newest, newest - now > tolerance {
            findings.append(
                .fail(
                    check,
                    "the database tells of \(newest), which is \((newest - now).specText) from now: the clock was set back",
                    "set the clock right before the manager is started"))
        }
        return findings
    }

    /// How far it is from the `Date` of somebody's answer, which is a whole second (RFC 9110, section 6.6.1).
    static func judge(from place: String, date: Timestamp, now: Timestamp) -> DoctorFinding {
        let ahead = now - date
        let distance = ahead < .zero ? date - now : ahead
        let words = "\(distance.specText) \(ahead < .zero ? "behind" : "ahead of") that of \(place)"
        // Amazon refuses signatures that are five minutes off; certificates and tokens are less strict.
        if distance > .seconds(240) {
            return .fail(check, words, "set the clock right: what is signed by it is refused")
        }
        if distance > .seconds(5) { return .warn(check, words, "run chrony or systemd-timesyncd") }
        return .ok(check, "agrees with that of \(place)")
    }
}
