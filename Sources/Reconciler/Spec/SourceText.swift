/// The text of one spec file, for showing its lines in messages.
final class SourceText: Sendable {
    /// As messages show it.
    let name: String
    private let bytes: [UInt8]
    /// Where each line begins; made when the first message needs it, since most files need none.
    private let lineStarts = Locked<[Int]>([])

    /// Cuts nothing yet.
    init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// A line without its end, counted from 1; nil when there is no such line. Invalid UTF-8 is replaced. At most
    /// `limit` bytes of it.
    func line(_ number: Int, limit: Int = 100_000) -> String? {
        let lineStarts = starts()
        guard number >= 1, number <= lineStarts.count else { return nil }
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[start..<min(end, start + limit)], as: UTF8.self)
    }

    private func starts() -> [Int] {
        lineStarts.with { starts in
            if starts.isEmpty {
                starts = [0]
                for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(index + 1) }
            }
            return starts
        }
    }
}
