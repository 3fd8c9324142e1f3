internal import Reconciler

/// One option of a command.
struct Option: Sendable {
    /// Without dashes: `file`.
    let name: String
    /// `f` for `-f`.
    let letter: Character?
    /// What stands for its value in the help; nil for a switch.
    let value: String?
    let help: String
    let isRepeatable: Bool
    /// What its value may be.
    let kind: ValueKind

    static func flag(_ name: String, _ letter: Character? = nil, _ help: String) -> Option {
        Option(name: name, letter: letter, value: nil, help: help, isRepeatable: false, kind: .free)
    }

    /// With a value; without a `kind` what stands for it tells what it is.
    static func value(
        _ name: String, _ letter: Character? = nil, _ value: String, _ help: String, of kind: ValueKind? = nil
    ) -> Option {
        Option(
            name: name, letter: letter, value: value, help: help, isRepeatable: false,
            kind: kind ?? ValueKind(placeholder: value))
    }

    /// The same, given any number of times.
    static func list(
        _ name: String, _ letter: Character? = nil, _ value: String, _ help: String, of kind: ValueKind? = nil
    ) -> Option {
        Option(
            name: name, letter: letter, value: value, help: help, isRepeatable: true,
            kind: kind ?? ValueKind(placeholder: value))
    }

    /// `-o FORMAT`, one of these; `words` stand before their names in the help.
    static func output(_ formats: [OutputFormat], _ words: String = "") -> Option {
        let names = formats.map(\.rawValue)
        let last = names.last ?? ""
        let help = words + (names.count > 1 ? names.dropLast().joined(separator: ", ") + " or " + last : last)
        return value("output", "o", "FORMAT", help, of: .words(names))
    }

    /// `-f, --file PATH`.
    var spelling: String {
        let long = "--\(name)" + (value.map { " \($0)" } ?? "")
        return letter.map { "-\($0), \(long)" } ?? "    \(long)"
    }

    // MARK: - Shared by several commands

    static let file = list("file", "f", "PATH", "spec file or directory; '-' reads standard input; may be repeated")
    static let data = value(
        "data", nil, "DIR", "data directory (default: ./data, or /var/lib/smreconcile as a service)")
    static let server = value(
        "server", nil, "URL", "the manager's address (default: SMRECONCILE_SERVER, or that of 'login')")
    /// For commands that look into the data directory unless a manager is named.
    static let serverInPlaceOfData = value(
        "server", nil, "URL", "plan for the nodes of this manager (default: those of the data directory)")
    /// For commands that ask a manager.
    static let authorities = value(
        "ca", nil, "FILE", "PEM file of authorities that are believed beside the system's (default: SMRECONCILE_CA)")
    static let listen = value("listen", nil, "ADDRESS:PORT", "where the API listens; port 0 picks a free one")
    static let listenTLS = value(
        "listen-tls", nil, "ADDRESS:PORT", "where the API listens for HTTPS, when the Manager has spec.api.tls")
    static let logFormat = value(
        "log-format", nil, "FORMAT", "text or json (default: that of the Manager)", of: .words(["text", "json"]))
    static let json = output([.text, .json])
}

/// What was given on the command line.
struct Arguments: Sendable {
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    private(set) var positional: [String] = []
    /// What follows `--`.
    private(set) var rest: [String] = []

    func has(_ name: String) -> Bool { flags.contains(name) }
    func value(_ name: String) -> String? { values[name]?.last }
    func list(_ name: String) -> [String] { values[name] ?? [] }

    /// Nothing at all.
    static let none = Arguments()

    private init() {}

    /// Reads words against the options; options and positional words may be mixed.
    init(_ words: [String], options: [Option]) throws(UsageError) {
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                rest = Array(words[index...])
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                positional.append(word)
                continue
            }
            let (option, inline) = try Self.find(word, options)
            guard let placeholder = option.value else {
                if inline != nil { throw UsageError("--\(option.name) takes no value") }
                flags.insert(option.name)
                continue
            }
            guard let value = inline ?? (index < words.count ? words[index] : nil) else {
                throw UsageError("--\(option.name) needs a value: \(placeholder)")
            }
            if inline == nil { index += 1 }
            if !option.isRepeatable, values[option.name] != nil { throw UsageError("--\(option.name) is given twice") }
            values[option.name, default: []].append(value)
        }
    }

    private static func find(_ word: String, _ options: [Option]) throws(UsageError) -> (Option, String?) {
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if let option = options.first(where: { $0.name == name }) {
                return (option, parts.count > 1 ? String(parts[1]) : nil)
            }
            let near =
                Suggestion.nearest(to: name, among: options.map(\.name)).map { "; did you mean '--\($0)'?" } ?? ""
            throw UsageError("unknown option '--\(name)'\(near)")
        }
        let letters = word.dropFirst()
        guard let letter = letters.first, let option = options.first(where: { $0.letter == letter }) else {
            let known = options.compactMap { $0.letter.map { "-\($0)" } }
            // `-output` for `--output` is the usual slip.
            let long = Suggestion.nearest(to: String(letters), among: options.map(\.name)).map { "--\($0)" }
            let near =
                (letters.count > 1 ? long : nil)
                ?? (known.isEmpty ? nil : known.first { $0.lowercased() == word.lowercased() })
            throw UsageError("unknown option '\(word)'\(near.map { "; did you mean '\($0)'?" } ?? "")")
        }
        let tail = letters.dropFirst()
        return (option, tail.isEmpty ? nil : String(tail.first == "=" ? tail.dropFirst() : tail))
    }
}

extension Arguments {
    /// The value of an option that says how long; nil when it is not given.
    func duration(_ name: String) throws(UsageError) -> Duration? {
        guard let text = value(name) else { return nil }
        if DurationText.isTooLong(text) {
            throw UsageError("--\(name) '\(text)' is too long; the longest is \(DurationText.maximumDays)d")
        }
        guard let duration = DurationText.parse(text), duration > .zero else {
            throw UsageError("--\(name) '\(text)' is no duration such as 90s or 1h30m")
        }
        return duration
    }
}

/// A command line that cannot be understood: exit code 64.
struct UsageError: Error, Sendable, Equatable {
    let message: String
    init(_ message: String) { self.message = message }
}
