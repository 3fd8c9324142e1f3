internal import Reconciler

/// The requests of one server whose answers are awaited, each with its suspended connection.
///
/// Whoever suspends a connection, and whoever resumes one, does so under one lock: the library ends the process when it is stopped with
/// a suspended connection.
final class AwaitedAnswers: Sendable {
    private struct Entry: Sendable {
        let exchange: Exchange
        let resume: @Sendable () -> Void
        var work: Task<Void, Never>?
    }

    private struct State: Sendable {
        var entries: [ObjectIdentifier: Entry] = [:]
        /// The server stops: nothing more is suspended.
        var isClosed = false
    }

    private let state = Locked(State())

    /// Suspends a connection, and begins the work on its answer. False when the server stops: then nothing was suspended.
    /// - Parameter suspend: suspends it, and says how it is resumed, which may be done from any thread.
    func begin(
        _ exchange: Exchange, _ work: @escaping @Sendable () async -> HTTPResponse,
        suspend: () -> @Sendable () -> Void
    ) -> Bool {
        let id = ObjectIdentifier(exchange)
        let isTaken = state.with { state in
            guard !state.isClosed else { return false }
            exchange.phase = .waiting
            exchange.late.replace(with: .awaited)
            state.entries[id] = Entry(exchange: exchange, resume: suspend())
            return true
        }
        guard isTaken else { return false }
        let task = Task(name: "http request") { self.settle(exchange, await work()) }
        state.with { $0.entries[id]?.work = task }
        return true
    }

    /// Suspends nothing from now on, and gives those who still wait an answer.
    func close(with answer: (HTTPRequest) -> HTTPResponse) {
        // Taken out: work that ends now resumes none of them, so that they stay suspended, and their requests as they are, until they are
        // answered here.
        let left = state.with { state in
            defer { state.entries = [:] }
            state.isClosed = true
            return Array(state.entries.values)
        }
        for entry in left {
            entry.work?.cancel()
            let response = answer(entry.exchange.request)
            state.with { _ in
                if entry.exchange.settle(response) { entry.resume() }
            }
        }
    }

    private func settle(_ exchange: Exchange, _ response: HTTPResponse) {
        state.with { state in
            guard let entry = state.entries.removeValue(forKey: ObjectIdentifier(exchange)) else { return }
            if exchange.settle(response) { entry.resume() }
        }
    }
}
