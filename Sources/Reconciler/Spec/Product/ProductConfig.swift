/// A node group of the reference product as its JSON says it, its `NodeGroupConfig` (reference/stream-manager-2.md section 3): read, not
/// yet understood as one of ours.
struct ProductConfig: Sendable {
    /// As written, any letters: see ``ProductName``.
    var name = Mark("")
    var description: String?
    var isScalingPaused = false
    /// `AWS`, `OCI`, `DOCKER`.
    var platform = Mark("")
    /// Of the whole group.
    var properties: [Property] = []
    var publisherLimit: Int?
    var subscriberLimit: Int?
    /// The group that this one stands in for while it is scheduled: an overlay.
    var base: Mark<String>?
    var schedules: [Schedule] = []
    var images: [String: Image] = [:]
    /// In the order of the file.
    var roles: [Role] = []
    /// The sub groups that nodes run in, in the order of the file.
    var leaves: [Leaf] = []
    /// What is there and has no place in a node group of ours, in words for the person.
    var leftOut: [String] = []

    /// A value and where it is written.
    struct Mark<Value: Sendable>: Sendable {
        var value: Value
        /// Nil: nowhere, it is a default.
        var node: YAMLNode?

        init(_ value: Value, _ node: YAMLNode? = nil) {
            self.value = value
            self.node = node
        }
    }

    /// One of `cloudProperties`: `instance_type=c5.large`.
    struct Property: Sendable {
        var name: String
        var value: String
        /// The `cloudProperties` that it stands in; nil: nowhere.
        var node: YAMLNode?
        /// It stands above several regions or roles.
        var isShared = false

        /// The same, above several.
        var shared: Property {
            var result = self
            result.isShared = true
            return result
        }

        /// Whether it stands for a value that clients are not shown. Also for one that earlier versions did not show.
        var isMask: Bool { value == ProductDocument.mask && ProductDocument.hasSecretWord(name) }

        /// Whether both are the one that stands there.
        func isSame(as other: Property) -> Bool {
            node?.line == other.node?.line && node?.column == other.node?.column && name == other.name
        }
    }

    /// One of `images`.
    struct Image: Sendable {
        var image = ""
        var properties: [Property] = []
    }

    /// One of `roles`.
    struct Role: Sendable {
        var name = Mark("")
        /// A key of `images`.
        var imageName: Mark<String>?
        /// Its count is changed by hand alone.
        var isManual = false
        /// In capital letters, as written.
        var capabilities: [Mark<String>] = []
        var parent: Mark<String>?
        /// GLOBAL, SUBGROUP or AUTOGROUP.
        var cardinality: Mark<String>?
        var properties: [Property] = []
    }

    /// A sub group without sub groups of its own.
    struct Leaf: Sendable {
        var name = Mark("")
        /// Those above it, the outermost first.
        var ancestors: [Mark<String>] = []
        /// Its own and those of its ancestors; later ones win.
        var properties: [Property] = []
        /// By the name of the role, in the order of the file.
        var rules: [Rule] = []
    }

    /// One `ScaleRule`.
    struct Rule: Sendable {
        var role = Mark("")
        var min = 0
        var max = 0
        var increment = 1
        var out: Mark<String>?
        var `in`: Mark<String>?
        var ranking: Mark<String>?
        var limit: Mark<String>?
    }

    /// When a group is there at all.
    struct Schedule: Sendable {
        var name = ""
        /// Quartz' cron: seconds first, a year at the end.
        var startAt = Mark("")
        /// In seconds.
        var duration = 0
    }
}

extension [ProductConfig.Property] {
    /// Those that count: of a name that is there several times the last, in the order of the first.
    var effective: [ProductConfig.Property] {
        var result: [ProductConfig.Property] = []
        for property in self {
            if let index = result.firstIndex(where: { $0.name == property.name }) {
                result[index] = property
            } else {
                result.append(property)
            }
        }
        return result
    }
}

/// Names of the reference product as names of ours: theirs have A-Z a-z 0-9 . _ : and -, ours are DNS labels.
package enum ProductName {
    /// In lower case, with '-' for what is not allowed; nil when nothing remains.
    package static func ours(_ name: String) -> String? {
        var bytes = name.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "-")
            }
        }
        while bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
        let text = String(decoding: bytes.drop { $0 == UInt8(ascii: "-") }, as: UTF8.self)
        return NameRule.problem(text) == nil ? text : nil
    }
}
