internal import Foundation

/// Takes secrets out of what a program said, before anybody reads it.
package struct SecretMask: Sendable, Equatable {
    /// Shorter values are no secrets, and would be found in any text.
    static let shortest = 4
    /// In the place of each.
    static let mark = "***"

    /// The longest first, for one may hold another.
    private let secrets: [String]

    /// The values to hide. Of one with several lines, such as a key, every line is hidden.
    package init(_ values: some Sequence<String>) {
        let parts = values.flatMap { [$0] + $0.split(whereSeparator: \.isNewline).map(String.init) }
        secrets = Set(parts.filter { $0.utf8.count >= Self.shortest })
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// The text with every secret replaced.
    package func apply(to text: String) -> String {
        secrets.reduce(text) { $0.replacingOccurrences(of: $1, with: Self.mark) }
    }

    /// The same, and what is only a part of a secret too: a service may repeat the beginning of a long value. Every run of at least
    /// ``shortestPart`` letters and digits, as base64 and percent-encoding have them, that is found in a secret is replaced.
    func applyToParts(of text: String) -> String {
        func isRun(_ character: Character) -> Bool {
            character.isASCII && (character.isLetter || character.isNumber || "+/=%_-.".contains(character))
        }
        let text = apply(to: text)
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            let run = rest.prefix(while: isRun)
            rest = rest.dropFirst(run.count)
            if run.count >= Self.shortestPart {
                let plain = (run.removingPercentEncoding ?? String(run)).trimmingCharacters(in: ["."])
                result += secrets.contains { $0.contains(plain) } ? Self.mark : String(run)
            } else {
                result += run
            }
            let other = rest.prefix { !isRun($0) }
            rest = rest.dropFirst(other.count)
            result += other
        }
        return result
    }

    /// Shorter runs are found in any long text.
    static let shortestPart = 16

    /// Whether a variable of this name is likely to hold a secret, though the spec shows it.
    static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        return ["SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "CREDENTIAL", "KEY"].contains { name.contains($0) }
    }
}
