/// A role of a node group as a person names it: `live/edge`, or one region of it as headlines have it: `live/us-east/edge`.
struct PoolName: Sendable, Equatable {
    let group: String
    let role: String
    /// Nil: every region.
    let region: String?

    /// From the one word of the command line and `--region`.
    init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.positional.count == 1 else { throw UsageError("name one GROUP/ROLE") }
        let word = arguments.positional[0]
        let parts = word.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard [2, 3].contains(parts.count), !parts.contains("") else {
            throw UsageError("'\(word)' is no GROUP/ROLE such as live/edge")
        }
        let option = arguments.value("region")
        if parts.count == 3, let option, option != parts[1] {
            throw UsageError("'\(word)' and --region \(option) name two regions")
        }
        group = parts[0]
        role = parts[parts.count - 1]
        region = parts.count == 3 ? parts[1] : option
    }

    /// `live/edge`.
    var text: String { "\(group)/\(role)" }

    static let region = Option.value("region", "r", "REGION", "in this region alone (default: in each)")
}
