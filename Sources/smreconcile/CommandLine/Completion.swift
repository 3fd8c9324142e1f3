internal import Reconciler

/// What may come next on a command line that is being typed: decided from the command table alone, so that it cannot be out of date.
struct Completion: Equatable, Sendable {
    /// The word that the shells' scripts ask with; not in the help.
    static let command = "__complete"

    /// Something that may stand there.
    struct Candidate: Equatable, Sendable {
        var value: String
        var help = ""
    }

    /// What may stand there.
    var kind: ValueKind
    /// Where `kind` is ``ValueKind/words(_:)``, these words with their help.
    var candidates: [Candidate] = []
    /// What was typed of it.
    var partial: String
    /// What a candidate begins with that is no part of its value: `--output=`.
    var prefix = ""

    /// The words behind the program's name; the last is the one that is being typed, maybe empty.
    init(_ words: [String]) {
        let partial = words.last ?? ""
        self.init(kind: .free, partial: partial)
        guard words.count > 1, let name = words.first else {
            candidates = CommandTable.commands.map { Candidate(value: $0.name, help: $0.summary) }
            candidates.append(Candidate(value: "help", help: "tells the commands, or the options of one"))
            if partial.hasPrefix("-") { candidates = [Candidate(value: "--help"), Candidate(value: "--version")] }
            kind = .words(candidates.map(\.value))
            return
        }
        if name == "help" {
            if words.count == 2 { offer(.commands) }
            return
        }
        guard let command = CommandTable.find(name) else { return }
        self.init(behind: command, Self.joined(Array(words.dropFirst())))
    }

    private init(kind: ValueKind, partial: String) {
        self.kind = kind
        self.partial = partial
    }

    private init(behind command: any Command.Type, _ words: (whole: [String], partial: String, option: String?)) {
        self.init(kind: .free, partial: words.partial)
        var given: Set<String> = []
        var positional: [String] = []
        var pending: Option?
        for word in words.whole {
            if pending != nil {
                pending = nil
            } else if word == "--" {
                return
            } else if word.hasPrefix("-"), word != "-" {
                guard let (option, hasValue) = Self.find(word, command.options) else { continue }
                given.insert(option.name)
                if option.value != nil, !hasValue { pending = option }
            } else {
                positional.append(word)
            }
        }
        if let name = words.option { pending = command.options.first { $0.name == name } }
        if let pending {
            offer(pending.kind)
            return
        }
        if partial.hasPrefix("--"), let end = partial.firstIndex(of: "=") {
            let name = partial[..<end].dropFirst(2)
            guard let option = command.options.first(where: { $0.name == name }), option.value != nil else { return }
            prefix = String(partial[...end])
            partial = String(partial[end...].dropFirst())
            offer(option.kind)
            return
        }
        let kinds = command.words
        let next =
            positional.count < kinds.count ? kinds[positional.count] : kinds.last.flatMap { $0 == .files ? $0 : nil }
        if let next, !partial.hasPrefix("-") {
            offer(next)
            return
        }
        guard partial.hasPrefix("-") || partial.isEmpty else { return }
        candidates = command.options(behind: positional).filter { $0.isRepeatable || !given.contains($0.name) }
            .map { Candidate(value: "--\($0.name)", help: $0.help) }
        candidates.append(Candidate(value: "--help", help: "tells the options"))
        kind = .words(candidates.map(\.value))
    }

    private mutating func offer(_ kind: ValueKind) {
        self.kind = kind
        switch kind {
        case .words(let words): candidates = words.map { Candidate(value: $0) }
        case .commands: candidates = CommandTable.commands.map { Candidate(value: $0.name, help: $0.summary) }
        default: break
        }
    }

    /// The option that a word names, and whether its value is in the word too.
    private static func find(_ word: String, _ options: [Option]) -> (Option, Bool)? {
        if word.hasPrefix("--") {
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return options.first { $0.name == parts[0] }.map { ($0, parts.count > 1) }
        }
        let letters = word.dropFirst()
        return options.first { $0.letter == letters.first }.map { ($0, letters.count > 1) }
    }

    /// bash takes `--output=json` for three words; whole words are put together again. For the word that is typed `option` is the option
    /// whose value it is, if bash took it apart.
    private static func joined(_ words: [String]) -> (whole: [String], partial: String, option: String?) {
        var whole: [String] = []
        for word in words.dropLast() {
            if word == "=" || whole.last?.hasPrefix("--") == true && whole.last?.hasSuffix("=") == true, !whole.isEmpty
            {
                whole[whole.count - 1] += word
            } else {
                whole.append(word)
            }
        }
        let last = words.last ?? ""
        func name(_ word: String) -> String? {
            word.hasPrefix("--") ? String(word.dropFirst(2).prefix { $0 != "=" }) : nil
        }
        if last == "=", let before = whole.last, let option = name(before) { return (whole.dropLast(), "", option) }
        if let before = whole.last, before.hasSuffix("="), let option = name(before) {
            return (whole.dropLast(), last, option)
        }
        return (whole, last, nil)
    }

    /// Of some candidates those that go on from what was typed.
    func fitting(_ candidates: [Candidate]) -> [Candidate] {
        candidates.filter { $0.value.hasPrefix(partial) }
            .map { Candidate(value: prefix + $0.value, help: $0.help) }
    }
}
