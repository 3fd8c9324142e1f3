/// The id of one node, unique for ever: it is drawn once, never reused, and is the exact tag by which we know our own.
package struct NodeID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String
    /// By bytes, see ``ByteText``. Made once: a node is looked up in one table after the other.
    private let hash: Int

    package init(rawValue: String) { self.init(rawValue) }
    package init(_ rawValue: String) {
        self.rawValue = rawValue
        var hasher = Hasher()
        ByteText.hash(rawValue, into: &hasher)
        hash = hasher.finalize()
    }

    package var description: String { rawValue }
    package static func == (left: Self, right: Self) -> Bool {
        left.hash == right.hash && ByteText.isEqual(left.rawValue, right.rawValue)
    }
    // Else it is that of what has a raw value, which asks Unicode.
    package static func != (left: Self, right: Self) -> Bool { !(left == right) }
    package static func < (left: Self, right: Self) -> Bool { ByteText.isLess(left.rawValue, right.rawValue) }
    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// Where nodes are counted: one role of one node group in one region. Every desired count belongs to a pool.
package struct PoolKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let group: String
    package let region: String
    package let role: String

    package init(group: String, region: String, role: String) {
        self.group = group
        self.region = region
        self.role = role
    }

    package var description: String { "\(group)/\(region)/\(role)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.group, left.region, left.role) < (right.group, right.region, right.role)
    }
}

/// A stream, as applications name it: a scope and a name within it.
package struct StreamKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let scope: String
    package let name: String
    /// Made once: a stream that many ask for is looked up far more often than it is named.
    let hash: Int

    package init(scope: String, name: String) {
        self.scope = scope
        self.name = name
        // By bytes, see ``ByteText``.
        var hasher = Hasher()
        ByteText.hash(scope, into: &hasher)
        ByteText.hash(name, into: &hasher)
        hash = hasher.finalize()
    }

    package var description: String { "\(scope)/\(name)" }

    package static func == (left: Self, right: Self) -> Bool {
        left.hash == right.hash && ByteText.isEqual(left.name, right.name)
            && ByteText.isEqual(left.scope, right.scope)
    }

    package static func < (left: Self, right: Self) -> Bool {
        ByteText.isEqual(left.scope, right.scope)
            ? ByteText.isLess(left.name, right.name) : ByteText.isLess(left.scope, right.scope)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// Where a provider is asked for its list: one region of one provider. Knowledge is whole or absent per scope.
package struct ProviderScope: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let provider: String
    package let region: String

    package init(provider: String, region: String) {
        self.provider = provider
        self.region = region
    }

    package var description: String { "\(provider)/\(region)" }
    package static func < (left: Self, right: Self) -> Bool {
        (left.provider, left.region) < (right.provider, right.region)
    }
}
