internal import APIServer
internal import Foundation
internal import Providers
internal import Reconciler

/// Asks media nodes for the proxy, by the HTTP client that providers use too.
struct NodeGateway: MediaGateway {
    /// Requests that run at once, each on a thread of its own: an offer is answered in milliseconds, and one that is not holds its thread for
    /// a minute.
    private static let handles = 32

    private let client = HTTPClient(handles: handles)

    func send(_ request: GatewayRequest) async throws(GatewayFailure) -> GatewayAnswer {
        let hasBody = !request.body.isEmpty || request.method == .post || request.method == .patch
        var own = Providers.HTTPRequest(
            request.method.rawValue, request.url, headers: request.headers,
            body: hasBody ? Data(request.body) : nil, timeout: request.timeout)
        own.usesProxy = false
        own.isSentOnce = true
        do throws(HTTPFailure) {
            let answer = try await client.send(own)
            return GatewayAnswer(status: answer.status, headers: answer.headers, body: [UInt8](answer.body))
        } catch {
            switch error {
            case .timedOut(let text): throw .timedOut(text)
            case .unreachable(let text), .other(let text): throw .failed(text)
            }
        }
    }
}
