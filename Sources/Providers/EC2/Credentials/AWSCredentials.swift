internal import Reconciler

/// Who we are for Amazon. Printed, it shows where it comes from and no secret.
struct AWSCredentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    var accessKey: String
    var secretKey: String
    /// With temporary credentials alone.
    var sessionToken: String?
    /// Nil: until somebody changes them.
    var expiresAt: Timestamp?
    /// In words: `the environment`.
    var source: String

    var description: String { "credentials of \(source)" }
    var customMirror: Mirror { Mirror(self, children: ["source": source]) }

    /// What must not be seen in a message.
    var secrets: [String] { [secretKey] + (sessionToken.map { [$0] } ?? []) }
}

/// Why there are no credentials. Nothing was asked of the service.
struct CredentialFailure: Error, Equatable, Sendable {
    /// For the person who must act; without secrets.
    var message: String
    /// Trying later may help.
    var isPassing = false

    /// For the caller of the provider.
    var failure: ProviderFailure { isPassing ? .retryable(message) : .terminal(message) }
}
