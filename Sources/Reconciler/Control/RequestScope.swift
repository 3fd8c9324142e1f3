/// The request that the present task works for: its id stands in every line of the log that is written meanwhile, and its trace goes on
/// to whom is asked for its sake.
package struct RequestScope: Sendable, Equatable {
    /// As in the answer's `X-Request-Id`.
    package var id: String
    /// What the client sent; nil: it sent none, or none that is valid.
    package var trace: TraceContext?

    /// The one of the present task; nil outside of any request.
    @TaskLocal package static var current: RequestScope?

    /// A request.
    package init(id: String, trace: TraceContext?) {
        self.id = id
        self.trace = trace
    }
}

/// Where a request stands in a trace that spans several programs (www.w3.org/TR/trace-context, sections 3.2 and 3.3). Nothing of our own is
/// added to the trace: it is passed on as it came.
package struct TraceContext: Sendable, Equatable {
    /// `traceparent` as it goes on, of version 00.
    package let parent: String
    /// `tracestate` as it came; nil when there was none, or none that may be passed on.
    package let state: String?

    /// Reads the two fields; nil when `traceparent` is not valid, and then `tracestate` means nothing either.
    package init?(parent: some Collection<UInt8>, state: some Collection<UInt8> = []) {
        let bytes = Array(parent.prefix(Self.length + 1))
        guard bytes.count >= Self.length, Self.dashes.allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) else { return nil }
        let parts = [0..<2, 3..<35, 36..<52, 53..<55].map { bytes[$0] }
        guard parts.allSatisfy({ $0.allSatisfy(Self.isHex) }), !parts[0].elementsEqual("ff".utf8) else { return nil }
        // All zeros are no id.
        guard parts[1...2].allSatisfy({ $0.contains { $0 != UInt8(ascii: "0") } }) else { return nil }
        // Version 00 ends here; a later one may go on after a dash, with what we know nothing of.
        if parts[0].elementsEqual("00".utf8) {
            guard parent.count == Self.length else { return nil }
        } else if bytes.count > Self.length {
            guard bytes[Self.length] == UInt8(ascii: "-") else { return nil }
        }
        self.parent = "00" + String(decoding: bytes[2..<Self.length], as: UTF8.self)
        let isFit = (1...Self.maximumState).contains(state.count) && state.allSatisfy { (0x20...0x7e).contains($0) }
        self.state = isFit ? String(decoding: state, as: UTF8.self) : nil
    }

    private static let length = 55
    private static let dashes = [2, 35, 52]
    /// What must be passed on at least.
    private static let maximumState = 512

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
