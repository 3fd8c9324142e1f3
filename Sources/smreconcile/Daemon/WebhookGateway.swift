internal import Foundation
internal import Providers
internal import Reconciler

/// Posts deliveries by the HTTP client that providers use too: a client for each webhook, so that a receiver that hangs holds up no other.
final class WebhookGateway: WebhookSender {
    /// Of each webhook: one for its queue, one for a test beside it.
    private static let handles = 2
    /// A file of two secrets is far shorter.
    private static let maximumSecretFile = 4096

    private struct Client: Sendable {
        var authorities: String?
        var client: HTTPClient
    }

    private let clients = Locked<[String: Client]>([:])
    private let environment: [String: String]
    private let files = BlockingWorker("smreconcile.webhook.secrets")

    /// Secrets that are variables come from `environment`.
    init(environment: [String: String]) { self.environment = environment }

    func secret(at place: WebhookSpec.SecretPlace) async throws(WebhookSignature.Fault) -> String {
        switch place {
        case .variable(let name):
            guard let text = environment[name], !text.isEmpty else {
                throw WebhookSignature.Fault(message: "the variable \(name) is not set for the manager")
            }
            return text
        case .file(let path):
            return try await files.run { () throws(WebhookSignature.Fault) -> String in
                do {
                    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                    defer { try? file.close() }
                    return String(decoding: try file.read(upToCount: Self.maximumSecretFile) ?? Data(), as: UTF8.self)
                } catch {
                    throw WebhookSignature.Fault(message: "'\(path)' cannot be read: \(error.localizedDescription)")
                }
            }
        }
    }

    func send(_ request: WebhookRequest) async -> WebhookAnswer {
        var own = HTTPRequest(
            "POST", request.url, headers: request.headers, body: Data(request.body.utf8), timeout: request.timeout)
        own.isBodyWanted = false
        // Connections are kept: what libcurl then sends a second time by itself has the same id.
        do throws(HTTPFailure) {
            let answer = try await client(of: request).send(own)
            return .status(answer.status, retryAfter: answer.headers["retry-after"])
        } catch {
            // The rest of the URL may be a secret.
            return .failed(error.description.replacing(own.place, with: request.origin))
        }
    }

    private func client(of request: WebhookRequest) -> HTTPClient {
        clients.with { clients in
            if let known = clients[request.webhook], known.authorities == request.authorities { return known.client }
            let client = HTTPClient(handles: Self.handles, tls: ClientTLS(authorities: request.authorities))
            clients[request.webhook] = Client(authorities: request.authorities, client: client)
            return client
        }
    }
}
