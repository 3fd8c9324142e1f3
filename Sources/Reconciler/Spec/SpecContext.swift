/// Where the reader is, and what it found wrong so far. One for each part of a file; never shared.
final class SpecContext {
    /// Enough for a person, and a bound on what a hostile file can make us keep.
    static let diagnosticLimit = 1000

    /// The file that is being read.
    var source: SourceText
    /// The key whose value is being read, for messages of shapes that do not know it.
    var key = ""
    /// In the order in which they were found.
    private(set) var diagnostics: [SpecDiagnostic] = []
    /// More were found than are kept.
    private(set) var isFull = false
    private var frames: [Frame] = []
    private var reported: Set<Report> = []
    private var brokenPlaces: Set<Place> = []
    /// Expressions, cron expressions and time zones that were read: a large spec has few different ones.
    private var expressions: [Expression.Form: [String: Expression]] = [:]
    private var crons: [String: CronExpression] = [:]
    private var timeZones: [String: Bool] = [:]

    /// The key under which the next thing that is entered stands: the name of what has names for keys.
    var memberName: String?

    private struct Frame {
        var title: String
        var name: String?
        /// The key of `node` that holds the name, where `name` does not.
        var nameKey: String?
        var node: YAMLNode
    }

    fileprivate struct Place: Hashable, Sendable {
        var source: ObjectIdentifier
        var line: UInt32
        var column: UInt32
    }

    private struct Report: Hashable {
        var place: Place
        var message: String
    }

    /// What was found, to be handed to another context.
    struct Findings: Sendable {
        fileprivate var diagnostics: [SpecDiagnostic]
        fileprivate var isFull: Bool
        fileprivate var brokenPlaces: Set<Place>
    }

    /// All that was found so far.
    var findings: Findings { Findings(diagnostics: diagnostics, isFull: isFull, brokenPlaces: brokenPlaces) }

    /// Takes over what another context found.
    func absorb(_ findings: Findings) {
        diagnostics += findings.diagnostics
        isFull = isFull || findings.isFull
        brokenPlaces.formUnion(findings.brokenPlaces)
    }

    /// Begins with nothing found.
    init(source: SourceText) { self.source = source }

    /// Enters something with a title, such as a role; messages say so until ``leave()``.
    /// Something without a title is passed over in messages.
    func enter(_ title: String, nameKey: String? = nil, _ node: YAMLNode) {
        frames.append(Frame(title: title, name: memberName, nameKey: nameKey, node: node))
        memberName = nil
    }

    /// Leaves what was entered last.
    func leave() { frames.removeLast() }

    /// Where we are, in words: `role 'edge'`, `scaling of role 'edge'`.
    var place: String {
        let titled = frames.filter { !$0.title.isEmpty }
        guard let innermost = titled.last else { return "the document" }
        if let name = Self.name(of: innermost) { return "\(innermost.title) '\(name)'" }
        for frame in titled.dropLast().reversed() {
            if let name = Self.name(of: frame) { return "\(innermost.title) of \(frame.title) '\(name)'" }
        }
        return titled.count > 1 ? "\(innermost.title) of the \(titled[0].title)" : innermost.title
    }

    private static func name(of frame: Frame) -> String? {
        (frame.name ?? frame.nameKey.flatMap { frame.node[$0]?.text })?.shortened
    }

    /// Reports an error at a node.
    func error(_ message: String, at node: YAMLNode, _ suggestion: String? = nil) {
        report(.error, message, suggestion, line: node.line, column: node.column, node)
    }

    /// Reports a warning at a node.
    func warning(_ message: String, at node: YAMLNode, _ suggestion: String? = nil) {
        report(.warning, message, suggestion, line: node.line, column: node.column, node)
    }

    /// Reports an error within the text of a scalar, `offset` characters from its beginning. Where the text does not stand in the file
    /// as it is, such as in a folded block, the message quotes it with the column within it.
    func error(_ message: String, at node: YAMLNode, offset: Int, _ suggestion: String? = nil) {
        guard let column = column(of: node, offset: offset) else {
            let text = node.text ?? ""
            report(
                .error, "\(message), at column \(offset + 1) of '\(text.shortened)'", suggestion, line: node.line,
                column: node.column, node)
            return
        }
        report(.error, message, suggestion, line: node.line, column: column, node)
    }

    /// Reports a contradiction between values; says nothing when one of them was wrong in itself.
    func conflict(
        _ message: String, at node: YAMLNode, with others: YAMLNode?..., suggestion: String? = nil
    ) {
        for case let involved? in others + [node] where brokenPlaces.contains(place(of: involved)) { return }
        error(message, at: node, suggestion)
    }

    /// Reports that a value is none of what its key takes.
    func expected(_ what: String, _ node: YAMLNode, found: String? = nil, _ suggestion: String? = nil) {
        let subject = key.isEmpty ? "" : " for '\(key)'"
        error("expected \(what)\(subject), found \(found ?? node.summary)", at: node, suggestion)
    }

    /// The expression that a text is.
    func expression(_ text: String, form: Expression.Form = .scale) throws(ExpressionError) -> Expression {
        if let known = expressions[form]?[text] { return known }
        let expression = try Expression(text: text, form: form)
        expressions[form, default: [:]][text] = expression
        return expression
    }

    /// The cron expression that a text is.
    func cron(_ text: String) throws(CronError) -> CronExpression {
        if let known = crons[text] { return known }
        let cron = try CronExpression(text: text)
        crons[text] = cron
        return cron
    }

    /// Whether the name is an IANA time zone, by `look`, which is asked once per name.
    func isTimeZone(_ name: String, look: (String) -> Bool) -> Bool {
        if let known = timeZones[name] { return known }
        let found = look(name)
        timeZones[name] = found
        return found
    }

    private func place(of node: YAMLNode) -> Place {
        Place(source: ObjectIdentifier(source), line: node.line, column: node.column)
    }

    private func report(
        _ severity: SpecDiagnostic.Severity, _ message: String, _ suggestion: String?, line: UInt32, column: UInt32,
        _ node: YAMLNode
    ) {
        if severity == .error { brokenPlaces.insert(place(of: node)) }
        guard diagnostics.count < Self.diagnosticLimit else {
            isFull = true
            return
        }
        let place = Place(source: ObjectIdentifier(source), line: line, column: column)
        // An alias leads to the same place many times.
        guard reported.insert(Report(place: place, message: message)).inserted else { return }
        add(severity, message, suggestion, line: Int(line), column: Int(column))
    }

    /// Reports at a line and a column of the current file.
    func add(
        _ severity: SpecDiagnostic.Severity, _ message: String, _ suggestion: String? = nil, line: Int, column: Int
    ) {
        let excerpt = source.line(line).map { SourceExcerpt(line: $0, column: column) }
        diagnostics.append(
            SpecDiagnostic(
                severity: severity, location: SourceLocation(file: source.name, line: line, column: column),
                message: message, suggestion: suggestion, excerpt: excerpt))
    }

    /// The column of a character within a scalar, as far as its text stands in the file as it is: on one line and
    /// without escapes. Else nil.
    private func column(of node: YAMLNode, offset: Int) -> UInt32? {
        guard case .scalar(let text, let style) = node.value, style != .block, let line = source.line(Int(node.line))
        else { return nil }
        let begin = Int(node.column) - 1 + (style == .quoted ? 1 : 0)
        let rest = line.unicodeScalars.dropFirst(begin)
        guard rest.starts(with: text.unicodeScalars) else { return nil }
        return UInt32(truncatingIfNeeded: begin + offset + 1)
    }
}
