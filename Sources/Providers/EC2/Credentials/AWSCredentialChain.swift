internal import Dispatch
internal import Foundation
internal import Reconciler

/// Where credentials are looked for, in the order that Amazon documents: the environment, the profile in the shared files, the role of
/// the instance. A profile that the spec names stands before the environment.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
struct AWSCredentialChain: Sendable {
    private let environment: [String: String]
    private let profile: String?
    private let http: HTTPClient
    /// Reading files blocks.
    private static let files = DispatchQueue(label: "smreconcile.aws.files")

    /// `environment` is the manager's, `profile` the spec's.
    init(environment: [String: String], profile: String?, http: HTTPClient) {
        self.environment = environment.filter { !$0.value.isEmpty }
        self.profile = profile
        self.http = http
    }

    /// The first that there are. Looks anew each time.
    func find() async throws(CredentialFailure) -> AWSCredentials {
        if profile == nil, let found = try fromEnvironment() { return found }
        let wanted = profile ?? environment["AWS_PROFILE"]
        let profiles = try await profiles()
        if let found = try profiles.credentials(of: wanted ?? "default", isWanted: wanted != nil) { return found }
        // Another identity in the place of the one that is meant would be a surprise.
        let unfollowed = [
            "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ].filter { environment[$0] != nil }
        if let name = unfollowed.first {
            throw CredentialFailure(
                message:
                    "\(name) is set, and such credentials are not followed: give the manager keys, a profile, or the role of its "
                    + "instance, and take the variable away")
        }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw CredentialFailure(
                message: "there are no AWS credentials: none in the environment, none in \(places), and "
                    + "AWS_EC2_METADATA_DISABLED is set")
        }
        let endpoint = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? InstanceMetadata.standardEndpoint
        do throws(CredentialFailure) {
            return try await InstanceMetadata(http: http, endpoint: endpoint).credentials()
        } catch {
            // Where the service is not there at all, the rest of the sentence is what a person needs.
            throw CredentialFailure(
                message:
                    "there are no AWS credentials: none in the environment, none in \(places), none of an instance's role "
                    + "(\(error.message))", isPassing: error.isPassing)
        }
    }

    private func fromEnvironment() throws(CredentialFailure) -> AWSCredentials? {
        switch (environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]) {
        case (nil, nil): return nil
        case (let accessKey?, let secret?):
            return AWSCredentials(
                accessKey: accessKey, secretKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"],
                source: "the environment")
        case (nil, _), (_, nil):
            let missing = environment["AWS_ACCESS_KEY_ID"] == nil ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY"
            throw CredentialFailure(message: "the environment has only one of the AWS keys: \(missing) is missing")
        }
    }

    private var credentialsPath: String { path("AWS_SHARED_CREDENTIALS_FILE", otherwise: "credentials") }
    private var configPath: String { path("AWS_CONFIG_FILE", otherwise: "config") }
    private var places: String { "'\(credentialsPath)' and '\(configPath)'" }

    private func path(_ variable: String, otherwise name: String) -> String {
        let home = environment["HOME"] ?? "/"
        guard let path = environment[variable] else { return "\(home)/.aws/\(name)" }
        return path.hasPrefix("~/") ? home + path.dropFirst() : path
    }

    private func profiles() async throws(CredentialFailure) -> AWSProfiles {
        let paths = [credentialsPath, configPath]
        let contents: Result<[Data], SystemError> = await withCheckedContinuation { continuation in
            Self.files.async {
                continuation.resume(
                    returning: Result { () throws(SystemError) in
                        try paths.map { (path) throws(SystemError) in try Files.read(path) ?? Data() }
                    })
            }
        }
        switch contents {
        case .success(let files):
            return AWSProfiles(
                credentials: String(decoding: files[0], as: UTF8.self),
                config: String(decoding: files[1], as: UTF8.self),
                places: places)
        case .failure(let error): throw CredentialFailure(message: "AWS credentials: \(error)")
        }
    }
}
