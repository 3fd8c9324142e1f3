internal import Foundation
internal import Reconciler

/// How one request of ours went.
enum EC2Fault: Error, Equatable, Sendable {
    /// The service said no.
    case refused(EC2Refusal)
    /// It never reached the service.
    case notSent(String)
    /// It was sent, and nobody knows what became of it: no answer, half an answer, or one that is not EC2's.
    case lost(String)
    /// There is nobody to sign it.
    case noCredentials(CredentialFailure)
}

/// Reading what EC2 answered.
enum EC2Answer {
    /// So much of an answer that is not understood is shown.
    static let shown = 80

    /// The root element of a good answer. `now` is for clocks that are wrong, and `mask` for what must not be shown.
    static func read(
        _ response: HTTPResponse, to action: String, at now: Timestamp, mask: SecretMask
    ) -> Result<XMLTree, EC2Fault> {
        let root = XMLTree.parse(response.body)
        if response.status == 200, let root, root.name == "\(action)Response" { return .success(root) }
        if let root, var refusal = refusal(root, response.status) {
            refusal.message = cut(mask.applyToParts(of: refusal.message))
            if refusal.mayBeClock {
                refusal.clockWords = ClockSkew.words(dateHeader: response.headers["date"], now: now)
            }
            return .failure(.refused(refusal))
        }
        let text = mask.applyToParts(of: String(decoding: response.body.prefix(4 * shown), as: UTF8.self)).onOneLine
        let found = text.isEmpty ? "it is empty" : "it begins with '\(text.prefix(shown))'"
        return .failure(
            .lost("the answer to \(action), with status \(response.status), is none of EC2's: \(found)"))
    }

    /// `<Response><Errors><Error>`, or `<ErrorResponse><Error>` where the signature was refused; moto mixes them.
    private static func refusal(_ root: XMLTree, _ status: Int) -> EC2Refusal? {
        guard root.name == "Response" || root.name == "ErrorResponse" else { return nil }
        let error = (root["Errors"] ?? root)["Error"]
        guard let error, let code = error.text("Code") else { return nil }
        return EC2Refusal(
            code: code, message: error.text("Message") ?? "",
            requestID: root.text("RequestID") ?? root.text("RequestId"), status: status)
    }

    /// On one line, without the encoded part of a refusal, which no person can read.
    private static func cut(_ message: String) -> String {
        var text = message
        if let range = text.range(of: "Encoded authorization failure message") {
            text = String(text[..<range.lowerBound])
        }
        text = text.onOneLine
        while text.hasSuffix(".") || text.hasSuffix(" ") { text.removeLast() }
        return String(text.prefix(EC2Refusal.longestMessage))
    }
}
