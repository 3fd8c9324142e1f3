internal import Foundation

/// Takes secrets out of what a program said, before anybody reads it.
struct SecretMask: Sendable, Equatable {
    /// Shorter values are no secrets, and would be found in any text.
    static let shortest = 4
    /// In the place of each.
    static let mark = "***"

    /// The longest first, for one may hold another.
    private let secrets: [String]

    /// The values to hide. Of one with several lines, such as a key, every line is hidden.
    init(_ values: some Sequence<String>) {
        let parts = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
        secrets = Set(parts.filter { $0.utf8.count >= Self.shortest })
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// The text with every secret replaced.
    func apply(to text: String) -> String {
        secrets.reduce(text) { $0.replacingOccurrences(of: $1, with: Self.mark) }
    }

    /// Whether a variable of this name is likely to hold a secret, though the spec shows it.
    static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return ["SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "KEY"].contains { name.contains($0) }
    }
}
