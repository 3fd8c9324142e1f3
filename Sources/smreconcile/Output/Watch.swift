internal import Dispatch
internal import Foundation
internal import Glibc
internal import Reconciler

/// Asks a manager again and again and shows what it answers, until interrupted.
///
///     tick ─▶ ask (one at a time) ─▶ answer ─▶ draw ◀─ the terminal has another size
///                                └─▶ no answer ─▶ the last one stays, with a note; the next tick asks again
///
/// A manager that is away is waited for, once it has answered at all; a refusal, which time does not mend, is the end.
struct Watch {
    /// How often is asked.
    private static let interval: Duration = .seconds(2)
    /// An answer that takes longer is missed.
    private static let patience: Duration = .seconds(4)

    /// One answer, ready to be shown.
    struct Frame: Sendable {
        /// The text for a terminal; nil: as wide as it is, and in its own order.
        var text: @Sendable (TerminalSize?) throws -> String
        /// What tells whether there is news: all but ages.
        var likeness: String
    }

    private enum Happening: Sendable {
        case tick
        case resized
        case answered(Result<Frame, any Error>)
    }

    let console: Console
    let time = SystemTime()

    /// Never returns but when nobody reads any more; throws what is no matter of time.
    func run(_ ask: @escaping @Sendable () async throws -> Frame) async throws {
        let (happenings, tell) = AsyncStream.makeStream(of: Happening.self)
        let resizes = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: DispatchQueue(label: "terminal size"))
        resizes.setEventHandler { tell.yield(.resized) }
        resizes.activate()
        let ticker = Task(name: "watch ticker") { [time] in
            while !Task.isCancelled {
                tell.yield(.tick)
                try await time.sleep(for: Self.interval)
            }
        }
        var asking: Task<Void, Never>?
        defer {
            ticker.cancel()
            asking?.cancel()
            resizes.cancel()
        }
        var screen = WatchScreen()
        var shown: (frame: Frame, at: Timestamp)?
        var askedAt = time.now()
        var trouble: String?
        var told: String?
        for await happening in happenings {
            if console.isOutputGone { return }
            switch happening {
            case .tick:
                if asking == nil {
                    askedAt = time.now()
                    asking = Task(name: "watch question") {
                        do { tell.yield(.answered(.success(try await ask()))) } catch {
                            tell.yield(.answered(.failure(error)))
                        }
                    }
                    continue
                }
                guard time.now() - askedAt > Self.patience else { continue }
                trouble = trouble ?? "the manager does not answer"
            case .resized: break
            case .answered(let result):
                asking = nil
                switch result {
                case .success(let frame):
                    (shown, trouble) = ((frame, time.now()), nil)
                    told = nil
                case .failure(let error):
                    guard shown != nil, let words = Self.passing(error) else { throw error }
                    trouble = words
                }
            }
            guard let shown else { continue }
            let terminal = console.terminal
            let note = trouble.map { words in
                let age = Duration.seconds(max((time.now() - shown.at).components.seconds, 0))
                return "of \(age.specText) ago, asking again: \(words)"
            }
            if terminal == nil, let trouble, trouble != told {
                console.error("\(trouble); asking again")
                told = trouble
            }
            console.write(
                screen.show(
                    try shown.frame.text(terminal), like: shown.frame.likeness, on: terminal,
                    note: note.map { console.styled(TerminalText.printable($0), .red) }))
        }
    }

    /// The words of a trouble that may pass by itself; nil for any other.
    static func passing(_ error: any Error) -> String? {
        guard let error = error as? CommandError else { return nil }
        let isPassing = error.code == ExitCode.unreachable || error.status.map { $0 >= 500 || $0 == 429 } ?? false
        return isPassing ? error.message : nil
    }
}
