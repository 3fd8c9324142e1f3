internal import Reconciler

/// Paths that were asked for lately and name a stream: when many want one at once, as when a match begins, its path is taken apart and
/// its name decoded and judged once per thread, and not once per viewer.
///
/// Bounded and direct-mapped, as ``TokenCache`` is; all bytes are compared. What a path means never changes, so nothing is forgotten but for want
/// of room.
final class StreamPaths: Sendable {
    /// Each thread's share; what many want at once is few.
    private static let size = 64
    /// Longer ones are not remembered: all threads together keep at most some 500 KiB.
    private static let longest = 256

    private let fronts = Shards<16, [StreamPath?]> { _ in Array(repeating: nil, count: size) }

    /// The path of a request; nil when it is not remembered.
    func find(_ request: borrowing HTTPRequest) -> StreamPath? {
        unsafe Self.withPath(of: request) { path in
            fronts.withOwn { front in
                guard let known = unsafe front[Self.place(of: path)], unsafe known.isSame(request.method, path) else {
                    return nil
                }
                return known
            }
        } ?? nil
    }

    /// The path of a request that leads there, remembered, if it names a stream and is sound: if not, its route says why.
    func remember(
        _ request: borrowing HTTPRequest, _ entry: RouteTable.Entry, _ captures: RouteTable.Captures
    ) -> StreamPath? {
        guard entry.route.namesStream, request.path.lowerBound == 0,
            let stream = try? StreamName.read(request.target, captures)
        else { return nil }
        let path = StreamPath(request.method, request.target[request.path], entry, captures, stream)
        insert(path, of: request)
        return path
    }

    /// Remembers a path in the place of another one.
    private func insert(_ path: StreamPath, of request: borrowing HTTPRequest) {
        unsafe Self.withPath(of: request) { bytes in fronts.withOwn { unsafe $0[Self.place(of: bytes)] = path } }
    }

    /// Nil for one that is not remembered. Parts of a path are found by where they lie in the target, so it must begin that.
    private static func withPath<Result>(
        of request: borrowing HTTPRequest, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        guard request.path.lowerBound == 0, request.path.count <= longest else { return nil }
        let count = request.path.count
        return unsafe request.target.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// By all of its bytes. Whoever finds two of one place gains that they push each other out.
    private static func place(of path: UnsafeRawBufferPointer) -> Int {
        var hash = UInt64(path.count)
        var index = 0
        while index < path.count {
            var word: UInt64 = 0
            if path.count - index >= 8 {
                word = unsafe path.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            } else {
                for rest in index..<path.count { word = unsafe word << 8 | UInt64(path[rest]) }
            }
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 32
            index += 8
        }
        return Int(hash % UInt64(size))
    }
}
