internal import Reconciler

/// Reads `If-Match` and `If-None-Match` (RFC 9110 section 13.1).
enum EntityTags {
    /// What a change is bound to. `If-None-Match` with a list of tags is for reading: here it is refused.
    static func precondition(_ headers: borrowing HTTPHeaders) throws(Problem) -> GroupPrecondition {
        let match = headers.values(.ifMatch)
        let noneMatch = headers.values(.ifNoneMatch)
        if !match.isEmpty, !noneMatch.isEmpty { throw .badRequest("send If-Match or If-None-Match, not both") }
        if let value = noneMatch.first {
            guard noneMatch.count == 1, value.elementsEqual("*".utf8) else {
                throw .badRequest("If-None-Match may only be '*' here: make it if there is none")
            }
            return .absent
        }
        if match.isEmpty { return .none }
        if match.count == 1, match[0].elementsEqual("*".utf8) { return .present }
        var tags: [String] = []
        for value in match {
            guard let list = list(value) else {
                throw .badRequest("If-Match is no list of entity tags such as \"1f0c…\": send the ETag as it came")
            }
            tags += list
        }
        return .tags(tags)
    }

    /// The opaque tags of a list; a weak tag never matches (RFC 9110 section 8.8.3.2), so it is left out. Nil: no list.
    private static func list(_ value: ArraySlice<UInt8>) -> [String]? {
        var (rest, tags, isFirst) = (value, [String](), true)
        func skipBlanks() { rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }
        while true {
            skipBlanks()
            if rest.isEmpty { return isFirst ? nil : tags }
            if !isFirst {
                guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
                skipBlanks()
            }
            isFirst = false
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.popFirst() == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")) else {
                return nil
            }
            if !isWeak { tags.append(String(decoding: rest[..<end], as: UTF8.self)) }
            rest = rest[(end + 1)...]
        }
    }
}
