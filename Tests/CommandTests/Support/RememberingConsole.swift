import Reconciler

@testable import smreconcile

/// A console that keeps what is written to it.
struct RememberingConsole {
    private let outText = Locked("")
    private let errorText = Locked("")
    let console: Console

    init(usesColor: Bool = false, environment: [String: String] = [:]) {
        let (out, error) = (outText, errorText)
        console = Console(
            usesColor: usesColor, showsProgress: false, environment: environment,
            out: { text in out.with { $0 += text } }, error: { text in error.with { $0 += text } })
    }

    var out: String { outText.current }
    var error: String { errorText.current }
}
