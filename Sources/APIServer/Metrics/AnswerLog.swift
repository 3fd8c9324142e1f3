package import Reconciler
internal import Synchronization

/// A line of the log for each answered request, as far as the spec wants them.
package final class AnswerLog: Sendable {
    private let choice = Atomic<UInt8>(0)
    private let write: @Sendable (String) -> Void

    /// A log of nothing, until ``use(_:)``.
    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    /// Which requests get a line from now on.
    package func use(_ requests: ManagerSpec.LoggedRequests) {
        let number: UInt8 =
            switch requests {
            case .none: 0
            case .errors: 1
            case .all: 2
            }
        choice.store(number, ordering: .relaxed)
    }

    /// A request was answered. The query is left out: a token may stand in it. Its id and trace are put there by whoever writes, from the
    /// scope.
    func note(_ request: borrowing HTTPRequest, _ response: borrowing HTTPResponse, nanoseconds: UInt64) {
        let choice = choice.load(ordering: .relaxed)
        guard choice == 2 || choice == 1 && response.status >= 500 else { return }
        let line =
            "answered method=\(request.method.rawValue) path=\(JSONWriter.quoted(request.pathText)) status=\(response.status)"
            + " bytes=\(response.body.count) microseconds=\(nanoseconds / 1000) peer=\(request.remoteAddress)"
        RequestScope.$current.withValue(RequestScope.current ?? request.scope) { write(line) }
    }
}
