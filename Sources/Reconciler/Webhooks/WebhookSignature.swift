internal import Crypto
internal import Foundation

/// Signatures as Standard Webhooks has them (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): the header fields
/// `webhook-id`, `webhook-timestamp` and `webhook-signature`, which is `v1,` and the Base 64 of HMAC-SHA-256 over `id.timestamp.body`.
package enum WebhookSignature {
    /// A secret as it is written: `whsec_` and the Base 64 of 24 to 64 bytes.
    static let prefix = "whsec_"
    /// As the specification wants it: 192 to 512 bits.
    static let lengths = 24...64
    /// While a secret is changed for another, both sign; more at once are a slip.
    static let maximumSecrets = 2

    /// Why a text holds no secrets; never any of it.
    package struct Fault: Error, Equatable, Sendable {
        /// What is wrong, and what to do.
        package var message: String
        package init(message: String) { self.message = message }
    }

    /// The keys that a text holds: one secret, or while it is changed two, apart by white space.
    package static func keys(in text: String) throws(Fault) -> [[UInt8]] {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard (1...maximumSecrets).contains(words.count) else {
            throw Fault(
                message: "it holds \(words.count) secrets; write one, or while it is changed two, apart by a line break"
            )
        }
        var keys: [[UInt8]] = []
        for word in words {
            guard word.hasPrefix(prefix), let key = Data(base64Encoded: String(word.dropFirst(prefix.count))),
                lengths.contains(key.count)
            else {
                throw Fault(
                    message:
                        "a secret is 'whsec_' and the Base 64 of 24 to 64 bytes: echo whsec_$(openssl rand -base64 32)")
            }
            keys.append([UInt8](key))
        }
        return keys
    }

    /// The header fields of a delivery. `time` is that of the attempt: receivers refuse what is minutes old. Without keys nothing is signed.
    package static func headers(id: String, at time: Timestamp, body: String, keys: [[UInt8]]) -> [String: String] {
        let seconds = "\(time.milliseconds / 1000)"
        var headers = ["content-type": "application/json", "webhook-id": id, "webhook-timestamp": seconds]
        let signed = Array("\(id).\(seconds).\(body)".utf8)
        if !keys.isEmpty {
            headers["webhook-signature"] = keys.map {
                "v1," + Data(Digest.hmacSHA256(key: $0, message: signed)).base64EncodedString()
            }.joined(separator: " ")
        }
        return headers
    }
}
