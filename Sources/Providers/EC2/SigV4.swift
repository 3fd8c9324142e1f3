internal import Crypto
internal import Foundation
internal import Reconciler

/// Signature Version 4, for requests without a query and with a whole body: what the Query API of EC2 needs of it.
///
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
enum SigV4 {
    /// What is signed.
    struct Request: Sendable, Equatable {
        var method = "POST"
        /// With the port, where it is not that of the scheme.
        var host: String
        /// Percent-encoded as it is sent; `/` at least.
        var path = "/"
        /// Every header that is to be signed, beside those that the signature adds.
        var headers: [String: String] = [:]
        var body = Data()
    }

    /// Where a signature is good.
    struct Scope: Sendable, Equatable {
        /// Amazon's name, such as `us-east-1`.
        var region: String
        /// Amazon's name, such as `ec2`.
        var service: String
    }

    /// The headers that the request gets beside its own: `Host`, `X-Amz-Date`, `Authorization`, and `X-Amz-Security-Token` with
    /// temporary credentials. The service takes them for five minutes around `now`.
    static func headers(
        signing request: Request, with credentials: AWSCredentials, for scope: Scope, at now: Timestamp
    ) -> [String: String] {
        let time = timeText(now)
        var added = ["Host": request.host, "X-Amz-Date": time]
        added["X-Amz-Security-Token"] = credentials.sessionToken
        let signed = canonicalHeaders(request.headers.merging(added) { _, new in new })
        let names = signed.map(\.name).joined(separator: ";")
        let canonical =
            [request.method, canonicalPath(request.path), ""] + signed.map { "\($0.name):\($0.value)" }
            + ["", names, hex(Digest.sha256(Array(request.body)))]
        let day = String(time.prefix(8))
        let terms = "\(day)/\(scope.region)/\(scope.service)/aws4_request"
        let toSign = "AWS4-HMAC-SHA256\n\(time)\n\(terms)\n\(Digest.sha256Hex(canonical.joined(separator: "\n")))"
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [day, scope.region, scope.service, "aws4_request", toSign] {
            key = Digest.hmacSHA256(key: key, message: Array(part.utf8))
        }
        added["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(terms), SignedHeaders=\(names), Signature=\(hex(key))"
        return added
    }

    /// ISO 8601, basic: `20150830T123600Z`.
    private static func timeText(_ now: Timestamp) -> String {
        let seconds = (Double(now.milliseconds) / 1000).rounded(.down)
        let text = Timestamp(milliseconds: Int64(seconds) * 1000).description
        return text.filter { $0 != "-" && $0 != ":" }
    }

    /// By name, in lower case; runs of spaces in a value count as one.
    private static func canonicalHeaders(_ headers: [String: String]) -> [(name: String, value: String)] {
        headers.map { name, value in
            (name.lowercased(), value.split(separator: " ").joined(separator: " "))
        }.sorted { $0.0 < $1.0 }
    }

    /// Encoded once more than it is sent, as for every service but S3.
    private static func canonicalPath(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { PercentEncoding.encode(String($0)) }
            .joined(separator: "/")
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

/// RFC 3986, section 2.1, as Signature Version 4 wants it: everything but letters, digits, `-`, `.`, `_` and `~` is encoded.
enum PercentEncoding {
    /// The text with its other bytes as `%XX`.
    static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
