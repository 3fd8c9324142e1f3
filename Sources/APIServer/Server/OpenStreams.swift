internal import Reconciler

/// The bodies of one server that are written as they come; all of them end when it stops.
final class OpenStreams: Sendable {
    private struct State: Sendable {
        var streams: [ObjectIdentifier: ResponseStream] = [:]
        var isClosed = false
    }

    private let state = Locked(State())

    /// One more; it is ended at once when the server stops.
    func add(_ stream: ResponseStream) {
        let isClosed = state.with { state in
            state.streams[ObjectIdentifier(stream)] = stream
            return state.isClosed
        }
        if isClosed { stream.end() }
    }

    /// It is sent, or its client is gone.
    func remove(_ stream: ResponseStream) {
        state.with { _ = $0.streams.removeValue(forKey: ObjectIdentifier(stream)) }
    }

    /// Ends all there are, and each that begins from now on.
    func close() {
        let open = state.with { state in
            state.isClosed = true
            return Array(state.streams.values)
        }
        for stream in open { stream.end() }
    }
}
