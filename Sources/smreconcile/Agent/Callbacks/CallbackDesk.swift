internal import APIServer
internal import Foundation
internal import Providers
internal import Reconciler

/// Answers a media server's calls: asks the manager, and ``CallbackMemory`` when there is no answer.
final class CallbackDesk: Sendable {
    /// A client waits meanwhile, and nginx-rtmp itself gives up after ten seconds.
    static let patience: Duration = .seconds(2)
    /// Questions that are asked at once.
    private static let handles = 8

    private let memory = Locked(CallbackMemory())
    private let client = HTTPClient(handles: handles)
    private let url: String
    private let token: String
    private let patience: Duration
    private let say: @Sendable (String) -> Void

    /// For the node of these options; `say` gets the lines for standard error.
    init(_ options: AgentOptions, patience: Duration = patience, say: @escaping @Sendable (String) -> Void) {
        url = options.nodeURL + "/callbacks/nginx-rtmp"
        token = options.token
        self.patience = patience
        self.say = say
    }

    /// The media server's own word on its streams.
    func observe(_ streams: [StreamReport]) { memory.with { $0.observe(streams) } }

    /// What came of a heartbeat.
    func heard(_ reply: AgentCore.Reply) { memory.with { $0.heard(reply, at: .now) } }

    /// The answer to one call, which came as this form.
    func answer(_ call: MediaCall, form: [UInt8]) async -> MediaAnswer {
        if call == .ownPull { return .allowed }
        let reply = memory.with { $0.mayAsk(at: .now) } ? await ask(form) : nil
        let (answer, line) = memory.with { $0.answer(call, reply, at: .now) }
        if let line { say(line) }
        return answer
    }

    private func ask(_ form: [UInt8]) async -> CallbackMemory.Reply {
        let request = HTTPRequest(
            "POST", url,
            headers: [
                "Authorization": "Bearer \(token)", "Content-Type": "application/x-www-form-urlencoded",
            ], body: Data(form), timeout: patience)
        let (client, patience) = (client, patience)
        // A question that waits for others to time out does not wait a second time.
        return await withTaskGroup(of: CallbackMemory.Reply.self) { group in
            group.addTask(name: "callback question") {
                do throws(HTTPFailure) {
                    let response = try await client.send(request)
                    return .answer(
                        status: response.status, location: response.headers["location"],
                        isFinal: response.headers[Problem.decision.name.lowercased()] == Problem.decision.value)
                } catch {
                    return .silence("\(error)")
                }
            }
            group.addTask(name: "callback patience") {
                try? await Task.sleep(for: patience)
                return .silence("no answer within \(patience.specText)")
            }
            // Two tasks were added.
            let first = await group.next() ?? .silence("no answer")
            group.cancelAll()
            return first
        }
    }
}
