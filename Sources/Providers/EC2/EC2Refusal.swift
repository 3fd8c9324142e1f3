internal import Foundation
internal import Reconciler

/// An error that EC2 answered with: the request had no effect, except where its code says otherwise.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
struct EC2Refusal: Error, Equatable, Sendable {
    /// What the caller does about it.
    enum Kind: Sendable, Equatable {
        /// No capacity or quota for what was asked for; for something else there may be.
        case capacity
        /// Too many requests.
        case throttled
        /// The service's own trouble, before it did anything.
        case unavailable
        /// The service's own trouble, in the middle of things: who knows what it did.
        case broken
        /// The credentials are old, or are no more.
        case credentials
        /// What it is about is not there.
        case notFound
        /// An earlier request with this client token was accepted, and had other parameters.
        case mismatch
        /// The instance of this client token was made, and is gone.
        case ended
        /// It will not be taken without a change of something.
        case refused
    }

    /// Such as `InsufficientInstanceCapacity`.
    var code: String
    /// Amazon's words, cut and without what is secret in them.
    var message: String
    var requestID: String?
    /// Of HTTP.
    var status: Int
    /// How far this machine's clock is from the service's, in words, where that is the likely reason.
    var clockWords: String?
    /// How long requests of this action are held back now, where this one was too much.
    var backOff: Duration?

    /// A longer message is cut.
    static let longestMessage = 300

    private static let capacity: Set<String> = [
        "InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientReservedInstanceCapacity",
        "InsufficientCapacity", "InsufficientCapacityOnOutpost", "InsufficientFreeAddressesInSubnet",
        "InsufficientAddressCapacity", "InstanceLimitExceeded", "VcpuLimitExceeded", "SpotMaxPriceTooLow",
        "MaxSpotInstanceCountExceeded", "UnfulfillableCapacity", "Unsupported", "VolumeLimitExceeded",
        "MaxIOPSLimitExceeded", "PrivateIpAddressLimitExceeded", "NetworkInterfaceLimitExceeded",
        "PendingVerification", "HostLimitExceeded", "ReservationCapacityExceeded",
    ]
    private static let throttled: Set<String> = [
        "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled",
        "RequestThrottledException", "TooManyRequestsException", "EC2ThrottledException", "SlowDown",
    ]
    private static let unavailable: Set<String> = ["Unavailable", "ServiceUnavailable", "ServiceUnavailableException"]
    private static let broken: Set<String> = ["InternalError", "InternalFailure", "InternalServerError"]
    private static let credentials: Set<String> = [
        "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "AuthFailure", "InvalidClientTokenId",
        "UnrecognizedClientException",
    ]
    private static let clock: Set<String> = [
        "RequestExpired", "RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure",
    ]

    /// What the caller does about it.
    var kind: Kind {
        if Self.capacity.contains(code) { return .capacity }
        if Self.throttled.contains(code) || status == 429 { return .throttled }
        if Self.unavailable.contains(code) { return .unavailable }
        if Self.broken.contains(code) { return .broken }
        if Self.credentials.contains(code) { return .credentials }
        switch code {
        case "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed": return .notFound
        case "IdempotentParameterMismatch": return .mismatch
        case "IdempotentInstanceTerminated": return .ended
        // A server's error that we do not know says nothing of what happened before it.
        default: return status >= 500 ? .broken : .refused
        }
    }

    /// Whether a clock that is wrong leads to this.
    var mayBeClock: Bool { Self.clock.contains(code) }

    /// In words: which action, what was said, what to do, and the id by which Amazon's support finds it.
    func words(_ action: String, in region: String) -> String {
        var text = "\(action) in \(region): \(code)"
        if !message.isEmpty { text += ": \(message)" }
        switch code {
        case "UnauthorizedOperation", "AccessDenied", "AccessDeniedException":
            text += "; allow '\(missingPermission(action))' in the IAM policy of the manager"
        case "OptInRequired": text += "; the AWS account has not signed up for EC2 in this region"
        case "AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException":
            if clockWords == nil { text += "; the access key is not known there, or its secret is another one" }
        case "ExpiredToken", "ExpiredTokenException": text += "; renew the session token that the manager was given"
        case "SignatureDoesNotMatch", "InvalidSignatureException":
            if clockWords == nil { text += "; the secret does not belong to the access key" }
        default: break
        }
        if let clockWords { text += "; \(clockWords)" }
        if let backOff {
            text += "; \(action.prefix { $0 != " " }) waits \(backOff.specText) there before it is asked for again"
        }
        if let requestID { text += " (request \(requestID))" }
        return text
    }

    /// Newer messages name it; else it is the action's own.
    private func missingPermission(_ action: String) -> String {
        if let range = message.range(of: "perform: ") {
            let name = message[range.upperBound...].prefix { !$0.isWhitespace }
            if name.contains(":") { return String(name) }
        }
        return "ec2:\(action)"
    }
}

/// How far this machine's clock is from another one's.
enum ClockSkew {
    /// Amazon takes signatures of up to five minutes; an answer may be a while on its way.
    static let tolerated: Duration = .seconds(120)

    /// In words, from the `Date` header of an answer (RFC 9110, section 6.6.1); nil when it is small or not known.
    static func words(dateHeader: String?, now: Timestamp) -> String? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = dateHeader.flatMap({ formatter.date(from: $0) }) else { return nil }
        let ahead = now - Timestamp(date)
        let distance = ahead < .zero ? Timestamp(date) - now : ahead
        guard distance > tolerated else { return nil }
        return
            "the clock of this machine is \(distance.specText) \(ahead < .zero ? "behind" : "ahead of") that of the service: set it right"
    }
}
