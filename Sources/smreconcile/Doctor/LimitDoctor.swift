internal import Glibc

/// Whether the system lets this process have as many connections as the spec allows.
enum LimitDoctor {
    private static let check = "open files"
    /// Of the database, providers, probes and the log.
    static let reserve = 512

    struct Facts: Sendable, Equatable {
        /// What the daemon can raise its limit to.
        var hard: UInt64

        /// Of this process.
        static func here() -> Facts {
            var limit = rlimit()
            guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
                return Facts(hard: .max)
            }
            return Facts(hard: UInt64(limit.rlim_max))
        }
    }

    /// `connections` are those of the spec.
    static func judge(_ facts: Facts, connections: Int) -> [DoctorFinding] {
        let wanted = UInt64(connections + reserve)
        if facts.hard >= wanted {
            return [.ok(check, "\(facts.hard > 1 << 40 ? "unlimited" : "\(facts.hard)"), \(wanted) are needed")]
        }
        return [
            .warn(
                check,
                "\(facts.hard), fewer than the \(connections) connections of spec.api.limits and \(reserve) others",
                "raise it, with LimitNOFILE=\(wanted) in the unit or 'ulimit -Hn \(wanted)'")
        ]
    }
}
