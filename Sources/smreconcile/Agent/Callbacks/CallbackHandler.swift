internal import APIServer
internal import Reconciler
internal import Synchronization

/// The agent's own little HTTP server for its media server: `POST /nginx-rtmp`, on a loopback address only.
final class CallbackHandler: HTTPHandler {
    /// The one path there is.
    static let path = "/nginx-rtmp"
    /// nginx-rtmp's forms hold a handful of short fields.
    private static let formLimit = 16 << 10

    private let desk: CallbackDesk
    private let counter = Atomic<UInt64>(0)

    /// Answers with what the desk says.
    init(desk: CallbackDesk) { self.desk = desk }

    func bodyLimit(for request: HTTPRequest) -> Int { Self.formLimit }

    func begin(_ request: HTTPRequest) -> HTTPAnswer {
        do throws(Problem) {
            guard request.pathText == Self.path else {
                throw .notFound("there is nothing at '\(request.pathText)'; '\(Self.path)' takes nginx-rtmp's calls")
            }
            guard request.method == .post || request.method == .get else {
                throw Problem(405, "POST and GET are possible here", headers: [("Allow", "GET, POST")])
            }
            let form = request.body.isEmpty ? Array(request.target[request.query]) : request.body
            let fields = FormFields(form[...])
            let call = try MediaCall(fields)
            let ticket = try PresentedTicket(fields)
            let (desk, id) = (desk, request.id)
            return .later { Self.response(await desk.answer(call, showing: ticket, form: form), id) }
        } catch {
            return .now(refuse(error, request))
        }
    }

    private static func response(_ answer: MediaAnswer, _ id: String) -> HTTPResponse {
        var response = HTTPResponse.text(answer.words + "\n", status: answer.status)
        if let location = answer.location { response.headers.append(("Location", location)) }
        response.requestID = id
        return response
    }

    func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse { problem.response(to: request) }

    func requestID(for headers: borrowing HTTPHeaders) -> String { "\(counter.add(1, ordering: .relaxed).newValue)" }

    /// A server that does not listen yet. One media server calls: little is enough.
    static func server(for desk: CallbackDesk) -> MicroHTTPServer {
        var limits = MicroHTTPServer.Limits()
        limits.threads = 1
        limits.connections = 1024
        return MicroHTTPServer(handler: CallbackHandler(desk: desk), limits: limits)
    }
}

extension ListenAddress {
    /// Whether nobody but this machine can connect: `localhost`, `::1`, or an IPv4 address that begins with 127.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.first == 127 && !parts.contains(nil)
    }
}
