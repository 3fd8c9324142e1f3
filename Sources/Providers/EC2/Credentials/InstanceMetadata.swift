internal import Foundation
internal import Reconciler

/// The instance metadata service, version 2, as far as credentials go: those of the role of the instance that the manager runs on.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html and
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
struct InstanceMetadata: Sendable {
    /// The link-local address that every instance has.
    static let standardEndpoint = "http://169.254.169.254"
    /// The service is on the same machine: it answers at once, or is not there.
    static let timeout: Duration = .seconds(2)
    /// The session is for a few requests. In seconds, as the header wants it.
    static let sessionSeconds = 60

    private struct Answer: Decodable, Sendable {
        var code: String
        var accessKeyID: String?
        var secretAccessKey: String?
        var token: String?
        var expiration: String?

        enum CodingKeys: String, CodingKey {
            case code = "Code"
            case accessKeyID = "AccessKeyId"
            case secretAccessKey = "SecretAccessKey"
            case token = "Token"
            case expiration = "Expiration"
        }
    }

    private let http: HTTPClient
    private let endpoint: String

    /// Nothing is asked yet. `endpoint` is without a path.
    init(http: HTTPClient, endpoint: String = standardEndpoint) {
        self.http = http
        self.endpoint = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
    }

    /// The current credentials of the instance's role.
    func credentials() async throws(CredentialFailure) -> AWSCredentials {
        let session = try await text(
            "PUT", "/latest/api/token", ["X-aws-ec2-metadata-token-ttl-seconds": "\(Self.sessionSeconds)"])
        let headers = ["X-aws-ec2-metadata-token": session]
        let roles = "/latest/meta-data/iam/security-credentials/"
        guard let role = try await text("GET", roles, headers).split(whereSeparator: \.isNewline).first else {
            throw CredentialFailure(message: "the instance has no role: attach an instance profile to it")
        }
        let json = try await text("GET", roles + PercentEncoding.encode(String(role)), headers)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json.utf8)) else {
            throw CredentialFailure(
                message: "the instance metadata service gave no credentials that can be read", isPassing: true)
        }
        guard answer.code == "Success", let accessKey = answer.accessKeyID, let secret = answer.secretAccessKey else {
            throw CredentialFailure(
                message: "the instance metadata service says '\(answer.code)' for the role '\(role)'", isPassing: true)
        }
        return AWSCredentials(
            accessKey: accessKey, secretKey: secret, sessionToken: answer.token,
            expiresAt: answer.expiration.flatMap { Timestamp($0) }, source: "the instance's role '\(role)'")
    }

    private func text(
        _ method: String, _ path: String, _ headers: [String: String]
    ) async throws(CredentialFailure) -> String {
        var request = HTTPRequest(method, endpoint + path, headers: headers, timeout: Self.timeout)
        if method == "PUT" { request.body = Data() }
        request.usesProxy = false
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(request)
        } catch {
            // Nobody there may be a matter of a moment, such as while the network of the instance comes up.
            throw CredentialFailure(message: "the instance metadata service: \(error)", isPassing: true)
        }
        switch response.status {
        case 200: return String(decoding: response.body, as: UTF8.self)
        case 404 where path.hasSuffix("security-credentials/"):
            throw CredentialFailure(message: "the instance has no role: attach an instance profile to it")
        default:
            throw CredentialFailure(
                message: "the instance metadata service answered \(request.place) with status \(response.status)",
                isPassing: response.status >= 500 || response.status == 429)
        }
    }
}
