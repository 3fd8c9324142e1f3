internal import APIServer
internal import Foundation
internal import Providers
internal import Reconciler

/// Asks media nodes for the proxy, by the HTTP client that providers use too.
struct NodeGateway: MediaGateway {
    /// Requests that run at once, each on a thread of its own: an offer is answered in milliseconds, and one that is not holds its thread for
    /// a minute.
    static let handles = 32

    private let client = HTTPClient(handles: handles)
    private let turns: NodeTurns

    /// A gateway with these limits; by default eight nodes have to hang before another waits.
    init(
        _ limits: NodeTurns.Limits = .init(
            total: handles, perNode: handles / 8, waitingPerNode: 64, patience: .seconds(5)),
        time: any TimeSource = SystemTime()
    ) {
        turns = NodeTurns(limits, time: time)
    }

    func send(_ request: GatewayRequest) async throws(GatewayFailure) -> GatewayAnswer {
        let hasBody = !request.body.isEmpty || request.method == .post || request.method == .patch
        var own = Providers.HTTPRequest(
            request.method.rawValue, request.url, headers: request.headers,
            body: hasBody ? Data(request.body) : nil, timeout: request.timeout)
        own.usesProxy = false
        own.isBodyWanted = request.bodyLimit != nil
        own.isSentOnce = true
        // `http://203.0.113.7:5080`: all that nodes differ in.
        let node = request.url.split(separator: "/", maxSplits: 3).prefix(2).joined(separator: "//")
        guard await turns.begin(node) else {
            throw .busy("too many requests are under way, or none of those before ended in time")
        }
        defer { turns.end(node) }
        do throws(HTTPInterruption) {
            let answer = try await client.send(own, bodyLimit: request.bodyLimit ?? 0)
            return GatewayAnswer(status: answer.status, headers: answer.headers, body: [UInt8](answer.body))
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ interruption: HTTPInterruption) -> GatewayFailure {
        let head = interruption.head.map { GatewayAnswer(status: $0.status, headers: $0.headers) }
        switch interruption.failure {
        case .timedOut(let text):
            guard let head else { return .timedOut(text) }
            return .brokenOff(head, isLate: true, text)
        case .unreachable(let text), .other(let text):
            guard let head else { return .failed(text) }
            return .brokenOff(head, isLate: false, text)
        }
    }
}
