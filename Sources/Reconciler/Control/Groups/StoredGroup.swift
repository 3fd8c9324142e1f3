internal import Crypto

/// A node group that was made over the API, as it is kept in the store beside the spec's files.
package struct StoredGroup: Codable, Sendable, Equatable {
    /// Its name in the spec.
    package var name: String
    /// Its document of kind NodeGroup: YAML, or the JSON that YAML contains.
    package var text: String
    /// What it was converted from, where it came in another product's words; shown again as it came.
    package var origin: String?
    /// Who made it.
    package var createdBy: String
    /// When.
    package var createdAt: Timestamp
    /// Who wrote ``text``.
    package var changedBy: String
    /// When.
    package var changedAt: Timestamp

    /// A group with its document; who made it where that does not matter is nobody.
    package init(
        name: String, text: String, origin: String? = nil, createdBy: String = "",
        createdAt: Timestamp = .init(milliseconds: 0),
        changedBy: String = "", changedAt: Timestamp = .init(milliseconds: 0)
    ) {
        self.name = name
        self.text = text
        self.origin = origin
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.changedBy = changedBy
        self.changedAt = changedAt
    }

    /// The name that messages give its text, as if it were a file: `api:live`.
    package var sourceName: String { Self.sourceName(of: name) }

    /// As ``sourceName``, of any name.
    package static func sourceName(of name: String) -> String { "api:\(name)" }

    /// What the spec is read from.
    package var source: SpecSource { SpecSource(name: sourceName, text: text) }

    /// Names this state of the group (RFC 9110 section 8.8.3), without the quotes: its document, and what that was converted from.
    package var entityTag: String { Self.entityTag(of: origin.map { "\(text)\u{0}\($0)" } ?? text) }

    /// As ``entityTag``, of any document.
    package static func entityTag(of text: String) -> String { String(Digest.sha256Hex(text).prefix(16)) }
}

/// The node groups of the API, as one value of the store.
package struct StoredGroups: Codable, Sendable, Equatable {
    /// In the order of their making.
    package var groups: [StoredGroup] = []
    /// Groups that were deleted over the API: their nodes may go without another approval. Forgotten as soon as the spec has
    /// a group of that name again.
    package var deleted: [String] = []

    /// None.
    package init() {}

    /// The group of this name, if it was made over the API.
    package func group(_ name: String) -> StoredGroup? { groups.first { $0.name == name } }
}

/// What is taken in over the API.
package enum StoredGroupLimits {
    /// Node groups made over the API: each change reads them all again.
    package static let groups = 256
    /// Bytes of one document.
    package static let documentBytes = 256 << 10
    /// Deletions that are remembered; those before are long carried out.
    package static let deletions = 256
}
