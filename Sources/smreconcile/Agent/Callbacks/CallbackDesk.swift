internal import APIServer
internal import Crypto
internal import Foundation
internal import Providers
internal import Reconciler

/// Answers a media server's calls: asks the manager, and ``CallbackMemory`` when there is no answer.
final class CallbackDesk: Sendable {
    /// A client waits meanwhile, and nginx-rtmp itself gives up after ten seconds.
    static let patience: Duration = .seconds(2)
    /// Questions that are asked at once.
    private static let handles = 8

    private let memory: Locked<CallbackMemory>
    private let client: HTTPClient
    private let url: String
    private let keysURL: String
    private let time = SystemTime()
    private let token: String
    private let patience: Duration
    private let say: @Sendable (String) -> Void

    /// For the node of these options; `say` gets the lines for standard error.
    init(_ options: AgentOptions, patience: Duration = patience, say: @escaping @Sendable (String) -> Void) {
        memory = Locked(CallbackMemory(node: NodeID(options.node)))
        client = HTTPClient(handles: Self.handles, tls: options.tls)
        keysURL = options.keysURL
        url = options.nodeURL + "/callbacks/nginx-rtmp"
        token = options.token
        self.patience = patience
        self.say = say
    }

    /// The media server's own word on its streams.
    func observe(_ streams: [StreamReport]) { memory.with { $0.observe(streams) } }

    /// What came of a heartbeat.
    func heard(_ reply: AgentCore.Reply) { memory.with { $0.heard(reply, at: .now) } }

    /// Fetches the manager's keys for tickets, where they are needed and due. To be called after each accepted heartbeat.
    func refreshKeys() async {
        guard memory.with({ $0.gate.mayLook(at: .now) }) else { return }
        do {
            let response = try await client.send(HTTPRequest("GET", keysURL, timeout: patience))
            guard response.isSuccess else { throw KeyTrouble(words: "it answers \(response.status)") }
            let keys = try KeySet.ticketKeys(in: Array(response.body))
            memory.with { $0.gate.learn(keys, at: .now) }
        } catch {
            say("cannot get the manager's keys for tickets: \(error)")
        }
    }

    private struct KeyTrouble: Error, CustomStringConvertible {
        var words: String
        var description: String { words }
    }

    /// The answer to one call, which came as this form and shows this ticket.
    func answer(_ call: MediaCall, showing ticket: PresentedTicket, form: [UInt8]) async -> MediaAnswer {
        if call == .ownPull { return .allowed }
        let reply = memory.with { $0.mayAsk(at: .now) } ? await ask(form) : nil
        let proof = Self.proof(in: form)
        let (answer, line) = memory.with {
            $0.answer(call, reply, showing: ticket, proof: proof, on: time.now(), at: .now)
        }
        if let line { say(line) }
        return answer
    }

    /// A digest of what a publisher brought in the arguments of its URL: secrets are not kept.
    static func proof(in form: [UInt8]) -> [UInt8] {
        let fields = FormFields(form[...])
        let texts = ["username", "password", "token"].map { (try? fields.text($0)) ?? "" }
        // With their lengths, so that no two of them can change places.
        return Digest.sha256(Array(texts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
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
                        isGuarded: response.headers[CallbackRoutes.guardedField.lowercased()] != nil,
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
