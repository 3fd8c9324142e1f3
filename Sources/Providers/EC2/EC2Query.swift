internal import Foundation

/// One request of EC2's Query API: an action with its parameters.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
struct EC2Query: Sendable, Equatable {
    /// Of the API.
    static let version = "2016-11-15"

    let action: String
    private(set) var parameters: [(name: String, value: String)] = []
    /// Whether a request whose answer was lost may have changed something.
    let isChange: Bool

    /// Without parameters.
    init(_ action: String, isChange: Bool) {
        self.action = action
        self.isChange = isChange
    }

    /// Adds a parameter; nil adds none.
    mutating func add(_ name: String, _ value: String?) {
        if let value { parameters.append((name, value)) }
    }

    /// Adds `name.1`, `name.2` and so on.
    mutating func add(_ name: String, all values: [String]) {
        for (index, value) in values.enumerated() { add("\(name).\(index + 1)", value) }
    }

    /// Adds a filter whose values are meant to the letter: EC2 takes `*` and `?` for patterns otherwise.
    mutating func addFilter(_ name: String, _ values: [String]) {
        let number = parameters.count { $0.name.hasPrefix("Filter.") && $0.name.hasSuffix(".Name") } + 1
        add("Filter.\(number).Name", name)
        add("Filter.\(number).Value", all: values.map(Self.literal))
    }

    /// As it is sent, percent-encoded.
    var body: Data {
        let all = [("Action", action), ("Version", Self.version)] + parameters.map { ($0.name, $0.value) }
        return Data(
            all.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&").utf8)
    }

    /// The value of a parameter.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    static func == (left: Self, right: Self) -> Bool { left.action == right.action && left.body == right.body }

    private static func literal(_ value: String) -> String {
        var text = ""
        for character in value {
            if "*?\\".contains(character) { text.append("\\") }
            text.append(character)
        }
        return text
    }
}
