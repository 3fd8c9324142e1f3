/// What `doctor` found: a line for each thing, with what to do under what is not well, and the sum.
enum DoctorText {
    static func render(_ findings: [DoctorFinding], _ console: Console) -> String {
        let width = findings.map { TerminalText.width(TerminalText.printable($0.check)) }.max() ?? 0
        let levels = DoctorFinding.Level.allCases.map(\.rawValue.count).max() ?? 0
        let indent = levels + 2 + width + 2
        let room = console.terminal.map { max($0.columns - indent, 20) }
        var lines: [String] = []
        for finding in findings {
            let check = TerminalText.printable(finding.check).padded(to: width)
            let level = console.styled(finding.level.rawValue.padded(to: levels), style(finding.level))
            let found = TerminalText.printable(finding.found)
            let parts = room.map { TerminalText.wrap(found, to: $0) } ?? [found]
            for (index, part) in parts.enumerated() {
                lines.append(
                    index == 0 ? "\(level)  \(check)  \(part)" : String(repeating: " ", count: indent) + part)
            }
            guard let advice = finding.advice.map({ "-> " + TerminalText.printable($0) }) else { continue }
            for part in room.map({ TerminalText.wrap(advice, to: $0) }) ?? [advice] {
                lines.append(String(repeating: " ", count: indent) + console.styled(part, .bold))
            }
        }
        func count(_ level: DoctorFinding.Level) -> Int { findings.count { $0.level == level } }
        lines.append("")
        lines.append(
            console.styled("\(count(.fail)) failed, \(count(.warn)) to look at, \(count(.ok)) well", .bold))
        return lines.map { $0 + "\n" }.joined()
    }

    private static func style(_ level: DoctorFinding.Level) -> Console.Style {
        switch level {
        case .ok: .green
        case .warn: .yellow
        case .fail: .red
        }
    }
}
