internal import Reconciler

/// A command whose first word says what to do: `user create`, `token revoke`.
protocol WordedCommand: Command {
    /// What may be said.
    associatedtype Word: RawRepresentable, CaseIterable, Sendable where Word.RawValue == String
    /// The options that mean something to a word, beside `--server`.
    static func options(of word: Word) -> Set<String>
    /// How many names follow a word.
    static func names(of word: Word) -> ClosedRange<Int>
    /// Tells the manager.
    static func run(_ word: Word, _ names: [String], _ arguments: Arguments, _ console: Console) async throws
}

extension WordedCommand {
    static var words: [ValueKind] { [.words(Word.allCases.map(\.rawValue)), .free] }

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let known = Word.allCases.map(\.rawValue)
        guard let given = arguments.positional.first else {
            throw UsageError("say what: \(known.joined(separator: ", "))")
        }
        guard let word = Word(rawValue: given) else {
            let near = Suggestion.nearest(to: given, among: known)
            throw UsageError(
                "there is no '\(name) \(given)'; "
                    + (near.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"))
        }
        let stated = Set(arguments.values.keys).union(arguments.flags).subtracting(["server"])
        if let stray = stated.subtracting(options(of: word)).min() {
            throw UsageError("'\(name) \(word.rawValue)' takes no --\(stray)")
        }
        let names = Array(arguments.positional.dropFirst())
        let wanted = Self.names(of: word)
        guard names.count >= wanted.lowerBound else { throw UsageError("'\(name) \(word.rawValue)' needs a name") }
        guard names.count <= wanted.upperBound else {
            throw UsageError("'\(name) \(word.rawValue)' takes no '\(names[wanted.upperBound])'")
        }
        try await run(word, names, arguments, console)
        return ExitCode.done
    }

    /// Reads `--role`.
    static func role(_ arguments: Arguments) throws(UsageError) -> String {
        let known = StoredUser.Role.allCases.map(\.rawValue)
        guard let role = arguments.value("role") else {
            throw UsageError("say which role with --role: \(known.joined(separator: ", "))")
        }
        return try checked(role)
    }

    /// A role that there is.
    static func checked(_ role: String) throws(UsageError) -> String {
        let known = StoredUser.Role.allCases.map(\.rawValue)
        if known.contains(role) { return role }
        let near = Suggestion.nearest(to: role, among: known)
        throw UsageError(
            "there is no role '\(role)'; "
                + (near.map { "did you mean '\($0)'?" } ?? "roles are \(known.joined(separator: ", "))"))
    }
}
