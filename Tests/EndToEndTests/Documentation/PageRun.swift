import Foundation

/// One run of a page: what it says is done from the top to the end, and what comes is compared with what it shows.
struct PageRun {
    let page: Page
    /// Whether outputs that differ are put into the page.
    let isRecording: Bool
    private let shell: PageShell
    private let ports: PagePorts
    private var bindings = PageBindings()
    /// Each with its place and both texts.
    private(set) var differences: [String] = []
    /// New outputs by the lines of the old ones.
    private var recorded: [(lines: Range<Int>, output: [String])] = []

    /// How long a command may take where the page does not say.
    private static let limit: Duration = .seconds(60)

    init(_ page: Page, _ workspace: Workspace, isRecording: Bool) throws {
        self.page = page
        self.isRecording = isRecording
        let texts = page.blocks.map { page.lines[$0.start..<$0.end].joined(separator: "\n") }
        ports = PagePorts(texts)
        shell = try PageShell(workspace, ports: ports, withExamples: texts.contains { $0.contains("examples/") })
    }

    /// Runs every block. Without recording it stops at the first difference, since what follows would differ by it.
    mutating func run() async throws {
        for block in page.blocks {
            switch block.kind {
            case .file(let name):
                let text = page.lines[block.start..<block.end].joined(separator: "\n") + "\n"
                try shell.write(ports.inward(bindings.command(text)), to: name)
            case .hidden:
                let script = page.lines[block.start..<block.end].joined(separator: "\n")
                let outcome = try await end(of: begin(script), block, line: block.start)
                guard outcome.code == 0 else {
                    return differ(block.start, "the hidden commands ended with \(outcome.code)", [], outcome.lines)
                }
            case .console:
                let commands = Transcript.all(block, of: page.lines)
                for (index, command) in commands.enumerated() {
                    let code = index == commands.count - 1 ? block.options["exit"].flatMap { Int32($0) } ?? 0 : 0
                    try await run(command, block, code: code)
                    if !differences.isEmpty, !isRecording { return }
                }
            case .part, .json, .shown: break
            }
        }
    }

    /// The page with what was recorded.
    var rewritten: String {
        var lines = page.lines
        for (range, output) in recorded.reversed() { lines.replaceSubrange(range, with: output) }
        return lines.joined(separator: "\n")
    }

    // MARK: - Commands

    private func begin(_ command: String) throws -> Int {
        try shell.begin(ports.inward(bindings.command(command)))
    }

    private func limit(_ block: PageBlock) -> Duration {
        block.options["within"].flatMap { Int($0.filter(\.isNumber)) }.map { .seconds($0) } ?? Self.limit
    }

    private func end(of number: Int, _ block: PageBlock, line: Int) async throws -> PageShell.Outcome {
        do {
            return try await eventually("the end of a command", within: limit(block)) { try shell.outcome(of: number) }
        } catch let failure as NeverHappened {
            let said = shell.lines(of: number).joined(separator: "\n")
            throw NeverHappened(description: "\(page.name):\(line + 1): \(failure); it printed:\n\(said)")
        }
    }

    private mutating func run(_ command: Transcript, _ block: PageBlock, code: Int32) async throws {
        let number = try begin(command.command)
        let isRetried = block.options["retry"] != nil
        if command.isBackground { return try await watch(command, block, number) }
        var outcome = try await end(of: number, block, line: command.line)
        let deadline = ContinuousClock.now + limit(block)
        let soon = ContinuousClock.now + .seconds(5)
        while true {
            if outcome.code == code, let bound = match(command, block, outcome.lines) {
                bindings = bound
                return
            }
            // What is not there yet is recorded as it is after a moment.
            let isOver = ContinuousClock.now >= (isRecording && command.output.isEmpty ? soon : deadline)
            guard isRetried, !isOver else { break }
            try await Task.sleep(for: .milliseconds(200))
            outcome = try await end(of: begin(command.command), block, line: command.line)
        }
        let words = outcome.code == code ? "the output differs" : "it ended with \(outcome.code) in place of \(code)"
        record(command, outcome.lines, words, also: outcome.code == code)
    }

    /// Waits until a command that stays running has printed what the page shows.
    private mutating func watch(_ command: Transcript, _ block: PageBlock, _ number: Int) async throws {
        let found = try? await eventually("its output", within: isRecording ? .seconds(8) : limit(block)) {
            match(command, block, shell.lines(of: number))
        }
        guard let found else {
            return record(command, shell.lines(of: number), "the output so far differs", also: true)
        }
        bindings = found
    }

    private func match(_ command: Transcript, _ block: PageBlock, _ lines: [String]) -> PageBindings? {
        PageMatch.match(
            command.output, lines.map(ports.outward), bindings, anyOrder: block.options["anyorder"] != nil)
    }

    // MARK: - Differences

    private mutating func record(_ command: Transcript, _ lines: [String], _ words: String, also isRecorded: Bool) {
        let output = lines.map { bindings.output(ports.outward($0)) }
        differ(command.line, words, command.output, output)
        guard isRecorded else { return }
        recorded.append((command.outputLines, output))
        // What is new here is known by its own name from now on.
        for piece in output.flatMap({ PagePiece.pieces(of: $0) }) {
            if case .word(let kind, let word) = piece, kind.isKept { _ = bindings.bind(word, to: word) }
        }
    }

    private mutating func differ(_ line: Int, _ words: String, _ page: [String], _ actual: [String]) {
        func shown(_ lines: [String]) -> String {
            lines.isEmpty ? "  (nothing)" : lines.map { "  " + $0 }.joined(separator: "\n")
        }
        differences.append(
            """
            \(self.page.name):\(line + 1): \(words)
              $ \(self.page.lines[line].replacing("$ ", with: ""))
            the page says
            \(shown(page))
            it printed
            \(shown(actual))
            """)
    }
}
