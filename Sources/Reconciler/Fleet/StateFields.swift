/// One field of a record of the State document: what its reader, its errors and its JSON Schema know of it.
struct StateField: Sendable {
    /// What it may hold; `null` too where it is not required.
    let shape: StateShape
    /// What it means, with its unit and default, for the schema and `docs/state.md`.
    let help: String
    let isRequired: Bool

    init(_ shape: StateShape, _ help: String, required: Bool = false) {
        self.shape = shape
        self.help = help
        isRequired = required
    }
}

/// What a field may hold.
indirect enum StateShape: Sendable {
    case constant(String)
    case text
    case flag
    case number
    case integer(ClosedRange<Int>)
    case time
    /// One of some words; the noun says what they are.
    case word(String, [String])
    case list(StateShape)
    /// An object of texts by name.
    case texts
    /// A value or `null`.
    case optional(StateShape)
    /// An object of numbers by name.
    case numbers
    case record(any StateKey.Type)

    /// A count of nodes, clients or things: no larger one is meant, and sums of them stay within an `Int`.
    static let count = integer(0...1_000_000_000)
}

/// The keys of one record, each with its ``StateField``: a `switch` over the keys, so that none can be forgotten.
protocol StateKey: CodingKey, CaseIterable, Sendable {
    /// Under which the JSON Schema defines the record.
    static var title: String { get }
    /// What the record is, in one sentence.
    static var help: String { get }
    var field: StateField { get }
}

extension StateKey {
    /// The table: every key with its field.
    static var table: [(key: String, field: StateField)] { allCases.map { ($0.stringValue, $0.field) } }
}
