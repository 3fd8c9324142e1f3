internal import Glibc
internal import Reconciler

/// A path that names a stream, understood: what answers it, and which stream it is.
package final class StreamPath: Sendable {
    private let method: HTTPMethod
    private let text: [UInt8]
    /// What answers.
    let entry: RouteTable.Entry
    /// Where its parameters lie.
    let captures: RouteTable.Captures
    /// The stream.
    let stream: StreamKey

    /// A path that was looked up, and that begins its target.
    init(
        _ method: HTTPMethod, _ text: ArraySlice<UInt8>, _ entry: RouteTable.Entry, _ captures: RouteTable.Captures,
        _ stream: StreamKey
    ) {
        (self.method, self.text) = (method, Array(text))
        (self.entry, self.captures, self.stream) = (entry, captures, stream)
    }

    /// Whether it is this one.
    func isSame(_ method: HTTPMethod, _ text: UnsafeRawBufferPointer) -> Bool {
        guard method == self.method, text.count == self.text.count else { return false }
        return unsafe self.text.withUnsafeBytes { own in
            guard let left = own.baseAddress, let right = text.baseAddress else { return true }
            return unsafe memcmp(left, right, own.count) == 0
        }
    }
}
