/// Why a cryptographic call did not give its result. The text is for logs and never holds a secret.
package enum CryptoFailure: Error, Equatable, Sendable {
    /// What was given is not a key that may be used here: cut short, encrypted, of another kind, or too small.
    case badKey(String)
    /// OpenSSL itself failed, e.g. for want of memory.
    case failed(String)

    /// The sentence for people, lower case first.
    package var message: String {
        switch self {
        case .badKey(let text), .failed(let text): text
        }
    }
}
