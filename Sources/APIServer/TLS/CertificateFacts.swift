package import Reconciler

/// What a certificate says of itself, as far as somebody must act on it.
package struct CertificateFacts: Sendable, Equatable {
    /// The host names and addresses that it is for.
    package var names: [String]
    /// When its chain begins to be good: the latest of its certificates.
    package var notBefore: Timestamp
    /// When its chain ends to be good: the earliest of its certificates.
    package var notAfter: Timestamp
    /// Certificates in the file, its own with them.
    package var chainLength: Int
    /// `RSA`, `EC/ECDSA` and the like.
    package var keyName: String
    /// Of its key.
    package var keyBits: Int

    /// Something about a certificate that somebody must act on.
    package enum Remark: Sendable, Equatable {
        /// Clients refuse it.
        case expired(since: Timestamp)
        /// Clients refuse it until then.
        case notYet(until: Timestamp)
        /// Soon clients refuse it: whole days are left.
        case expiring(days: Int)
        /// It is for no host: clients refuse it.
        case nameless
        /// Clients refuse its key.
        case weakKey(bits: Int)

        /// For people; lower case first, with what to do.
        package var text: String {
            switch self {
            case .expired(let since): "it expired at \(since) and clients refuse it; renew it"
            case .notYet(let until): "it is good from \(until) on and clients refuse it until then; check the clock"
            case .expiring(let days): "it expires in \(days) day\(days == 1 ? "" : "s"); renew it"
            case .nameless: "it has no subjectAltName and clients refuse it; make one with the host's name in it"
            case .weakKey(let bits):
                "its RSA key has \(bits) bits and clients refuse it; use P-256, or RSA of 2048 bits"
            }
        }
    }

    /// The time before a certificate's end from which on it is spoken of: a month, as long as the renewal of a 90-day certificate takes
    /// place before its end.
    package static let warningTime: Duration = .seconds(30 * 86_400)

    /// What is wrong with it now, or soon will be.
    package func remarks(at now: Timestamp) -> [Remark] {
        var remarks: [Remark] = []
        if now >= notAfter {
            remarks.append(.expired(since: notAfter))
        } else if now < notBefore {
            remarks.append(.notYet(until: notBefore))
        } else if notAfter - now < Self.warningTime {
            remarks.append(.expiring(days: Int((notAfter - now).wholeMilliseconds / 86_400_000)))
        }
        if names.isEmpty { remarks.append(.nameless) }
        if keyName.hasPrefix("RSA"), keyBits < 2048 { remarks.append(.weakKey(bits: keyBits)) }
        return remarks
    }

    /// `edge.example.org, 192.0.2.1; EC/ECDSA 256, 2 certificates, until 2027-01-01T00:00:00Z`.
    package var summary: String {
        let some = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        let chain = chainLength == 1 ? "1 certificate" : "\(chainLength) certificates"
        return "for \(names.isEmpty ? "no name" : some); \(keyName) \(keyBits), \(chain), until \(notAfter)"
    }
}

/// Why files are no certificate and key that can be served.
package struct TLSFailure: Error, Sendable, Equatable {
    /// For people: the file, what is wrong and what to do; lower case first. Nothing of the key.
    package var message: String

    /// A reason.
    init(_ message: String) { self.message = message }
}

/// The certificate of HTTPS, for metrics.
package struct CertificateState: Sendable, Equatable {
    /// When its chain ends to be good.
    package var notAfter: Timestamp
    /// What the files hold now is what is served; false: they cannot be used.
    package var areFilesInUse: Bool
}
