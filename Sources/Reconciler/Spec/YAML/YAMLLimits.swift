/// What a YAML file may cost, so that a hostile one is refused quickly and in bounded memory.
enum YAMLLimits {
    /// Bytes of one file. A spec of ten thousand node groups takes 5 MB; what is larger is a mistake.
    static let fileBytes = 16 << 20
    /// Collections within collections, aliases followed. The spec language itself needs 10.
    static let depth = 64
    /// Nodes that aliases and merge keys add to those written, each alias counted with all that it stands for. Enough
    /// for thousands of groups that share their roles; a billion-laughs file passes it at its sixth line.
    static let aliasedNodes = 1_000_000
    /// An aliased scalar counts once more for each so many bytes, so that a few long texts cannot grow without bound.
    static let bytesPerNode = 64
}

/// Why a file is no YAML, or none that we accept.
struct YAMLProblem: Error, Equatable {
    /// What is wrong, in words.
    var message: String
    /// Counted from 1.
    var line: Int
    /// Counted from 1, in characters.
    var column: Int
}
