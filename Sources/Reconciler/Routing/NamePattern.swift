/// A pattern for names: `*` stands for any run of characters, also none; everything else for itself. Case matters.
///
/// It takes time in proportion to the name times the pattern.
package struct NamePattern: Sendable, Equatable {
    private let parts: [[UInt8]]

    /// The pattern of this text.
    package init(_ text: String) {
        let all = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        // Stars in a row are one.
        parts = all.enumerated().filter { $0.offset == 0 || $0.offset == all.count - 1 || !$0.element.isEmpty }.map(
            \.element)
    }

    /// Whether a name is of it.
    package func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        guard let first = parts.first, rest.starts(with: first) else { return false }
        if parts.count == 1 { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        // The leftmost place is as good as any other for all but the last.
        for part in parts.dropFirst().dropLast() {
            guard let place = Self.place(of: part, in: rest) else { return false }
            rest = rest[(place + part.count)...]
        }
        let last = parts[parts.count - 1]
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }

    private static func place(of part: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= part.count else { return nil }
        return (text.startIndex...(text.endIndex - part.count)).first { text[$0...].starts(with: part) }
    }
}
