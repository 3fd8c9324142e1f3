/// The annotation `smreconcile/approve: "HASH [HASH…]"` of a node group or of the manager's document: approvals that are committed with the spec, where a
/// review is the approval (safety rule 7).
enum ApprovalAnnotation {
    /// Its key.
    static let key = "smreconcile/approve"
    /// Annotations that begin so are ours; others are the user's own.
    private static let prefix = "smreconcile/"
    /// Of a hash, in hexadecimal digits.
    private static let length = 12

    /// The words of a value, which stand between spaces and commas.
    static func words(_ text: String) -> [Substring] { text.split { $0 == "," || $0.isWhitespace } }

    /// Whether a word is a hash.
    static func isHash(_ word: Substring) -> Bool { word.utf8.count == length && word.allSatisfy(\.isHexDigit) }

    /// The hashes in the annotations of a document.
    static func hashes(in annotations: [String: String]) -> Set<String> {
        Set(words(annotations[key] ?? "").filter(isHash).map { $0.lowercased() })
    }

    /// Reports what is no hash, and what is none of our annotations: a slip there would approve nothing and say nothing.
    static func check(_ annotations: YAMLNode, _ context: SpecContext) {
        guard case .mapping(let members) = annotations.value else { return }
        for index in stride(from: 0, to: members.count, by: 2) {
            guard let name = members[index].text, name.hasPrefix(prefix) else { continue }
            guard name == key else {
                context.error("unknown annotation '\(name.shortened)'", at: members[index], "did you mean '\(key)'?")
                continue
            }
            checkValue(members[index + 1], context)
        }
    }

    private static func checkValue(_ node: YAMLNode, _ context: SpecContext) {
        // Another kind of value was reported already.
        guard let text = node.text, !node.isNull else { return }
        for word in words(text) where !isHash(word) {
            let offset = text.distance(from: text.startIndex, to: word.startIndex)
            context.error(
                "'\(String(word).shortened)' is no hash of an approval", at: node, offset: offset,
                "write the 12 hexadecimal digits that the plan shows")
        }
    }
}

extension Spec {
    /// The hashes that the node groups and the manager's document approve by their annotation `smreconcile/approve`.
    package var approvals: Set<String> {
        groups.reduce(into: manager.approvals) { $0.formUnion(ApprovalAnnotation.hashes(in: $1.annotations)) }
    }
}
