/// One of `health.probes` of a role: how the manager itself looks whether a node serves, where no agent can run or beside one.
///
/// Thresholds count results in a row, as in Kubernetes
/// (https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/).
package struct ProbeSpec: Sendable, Equatable {
    package enum Check: Sendable, Equatable {
        /// A connection is accepted.
        case tcp(Port)
        /// `GET path` is answered with a status of 200 to 399.
        case http(Port, path: String)
        /// A program on the manager's machine exits with 0; its arguments are templates such as `{{address}}`.
        case command([String])
    }

    package enum Port: Sendable, Equatable {
        /// That of the node's endpoint of a protocol; nil: of its first endpoint.
        case endpoint(String?)
        case number(Int)
    }

    package var check: Check
    /// From one probe to the next.
    package var interval: Duration = .seconds(5)
    /// A probe that takes longer failed.
    package var timeout: Duration = .seconds(2)
    /// So many failures in a row make the node suspect: no new assignments.
    package var suspectThreshold = 1
    /// So many failures in a row are a fault.
    package var faultThreshold = 3
    /// So many successes in a row bring it into service, or back.
    package var successThreshold = 1

    package init(check: Check) { self.check = check }
}

/// How one probe of one node stands: results in a row.
package struct ProbeRecord: Sendable, Equatable, Codable {
    /// Failures in a row up to the newest result; 0 after a success.
    package var failures: Int
    /// Successes in a row; 0 after a failure.
    package var successes: Int
    /// When the newest result came.
    package var at: Timestamp
    /// What the newest failure was, or why the newest probe could not be made, in words; nil after a success.
    package var message: String?

    package init(failures: Int, successes: Int, at: Timestamp, message: String? = nil) {
        self.failures = failures
        self.successes = successes
        self.at = at
        self.message = message
    }

    /// The record after one more result. A probe that could not be made leaves the counts, and their time, as they are.
    package static func after(_ outcome: ProbeOutcome, at now: Timestamp, previous: ProbeRecord?) -> ProbeRecord {
        switch outcome {
        case .well: return ProbeRecord(failures: 0, successes: (previous?.successes ?? 0) + 1, at: now)
        case .failed(let words):
            return ProbeRecord(failures: (previous?.failures ?? 0) + 1, successes: 0, at: now, message: words)
        case .unknown(let words):
            var record = previous ?? ProbeRecord(failures: 0, successes: 0, at: now)
            record.message = words
            return record
        }
    }
}

/// One probe to be made.
package struct ProbeCall: Sendable, Equatable {
    package var node: NodeID
    package var check: ProbeSpec.Check
    package var address: String
    /// The port that ``ProbeSpec/Port`` stands for; for a command that of the node's first endpoint, nil when it has none.
    package var port: Int?
    package var timeout: Duration

    package init(node: NodeID, check: ProbeSpec.Check, address: String, port: Int?, timeout: Duration) {
        self.node = node
        self.check = check
        self.address = address
        self.port = port
        self.timeout = timeout
    }
}

/// Makes probes. It ends within the call's time-out, never blocks the cooperative pool, and may be asked from many tasks at once.
package protocol Prober: Sendable {
    func probe(_ call: ProbeCall) async -> ProbeOutcome
}

/// What one probe found.
package enum ProbeOutcome: Sendable, Equatable {
    case well
    /// In words: `connection refused`, `status 503`, `no answer within 2s`.
    case failed(String)
    /// It could not be made, for a reason that is the manager's and not the node's: no file descriptors, no such program. It says
    /// nothing of the node.
    case unknown(String)
}
