internal import Reconciler

/// Answers the scripts of `completion`: a line that says what there is (`:words`, `:files`, `:directories`), then a candidate per line
/// with a tab before its help. Never an error, and quick: who types waits for it.
enum CompletionAnswer {
    /// The words are those of the command line being typed, without the program's name.
    static func run(_ words: [String], _ console: Console) async -> Int32 {
        let completion = Completion(words)
        switch completion.kind {
        case .files: console.print(":files")
        case .directories: console.print(":directories")
        default:
            var candidates = completion.candidates
            if completion.kind.isAsked { candidates = await KnownNames.ask(completion.kind, words, console) }
            let lines = completion.fitting(candidates).map { candidate in
                candidate.help.isEmpty
                    ? candidate.value : "\(candidate.value)\t\(TerminalText.printable(candidate.help))"
            }
            console.print(([":words"] + lines).joined(separator: "\n"))
        }
        return ExitCode.done
    }
}
