package import Reconciler

extension LoadTrace {
    static let columns = ["time", "region", "stream", "viewers", "publishers"]

    /// Reads a trace as CSV: a header row, columns in any order, `region`, `stream` and `publishers` optional.
    ///
    /// - Parameters:
    ///   - start: where offsets begin; nil: ``defaultStart``. Times in full are as they are.
    ///   - scope: of the stream `main` that rows without a stream are about.
    package static func read(
        _ text: String, file: String, start: Timestamp? = nil, scope: String = "live"
    ) throws(SimulationInputError) -> LoadTrace {
        guard text.utf8.count <= LoadTraceLimits.bytes else {
            throw SimulationInputError([
                SpecDiagnostic(
                    location: SourceLocation(file: file, line: 0, column: 0),
                    message: "larger than \(LoadTraceLimits.bytes) bytes, the limit of one trace")
            ])
        }
        let table = CSVTable(text, file: file, known: columns, required: ["time", "viewers"])
        guard table.problems.isEmpty else { throw SimulationInputError(table.problems) }
        var reader = RowReader(table: table, start: start, stream: StreamKey(scope: scope, name: "main"))
        for row in table.rows where reader.problems.count < LoadTraceLimits.errors { reader.read(row) }
        return try reader.finish()
    }
}

/// Rows to series.
private struct RowReader {
    private struct Key: Hashable {
        var region: String?
        var stream: StreamKey
    }

    let table: CSVTable
    let start: Timestamp?
    let stream: StreamKey
    var problems: [SpecDiagnostic] = []
    private var points: [Key: [LoadTrace.Point]] = [:]
    private var origins: [Key: LoadTrace.Origin] = [:]
    /// Whether the first row has a time in full: then all must.
    private var isAbsolute: Bool?
    private var first: Timestamp?

    init(table: CSVTable, start: Timestamp?, stream: StreamKey) {
        self.table = table
        self.start = start
        self.stream = stream
    }

    mutating func read(_ row: CSVTable.Row) {
        guard let at = time(of: row), let stream = stream(of: row), let viewers = level("viewers", row) else { return }
        var publishers: Double?
        if let cell = table.cell("publishers", of: row), !cell.text.isEmpty {
            guard let value = level("publishers", row) else { return }
            publishers = value
        }
        let region = table.cell("region", of: row)?.text
        let key = Key(region: region?.isEmpty == false ? region : nil, stream: stream)
        if let last = points[key]?.last, at <= last.at {
            let how = at == last.at ? "is there twice" : "goes back behind \(last.at)"
            problems.append(
                table.problem(
                    row, table.cell("time", of: row),
                    "time \(at) of \(stream)\(key.region.map { " in \($0)" } ?? "") \(how)"))
            return
        }
        if points[key] == nil, points.count == LoadTraceLimits.series {
            problems.append(
                table.problem(row, nil, "more than \(LoadTraceLimits.series) pairs of a region and a stream"))
            return
        }
        let from = min(first ?? at, at)
        first = from
        guard at - from <= .seconds(86_400 * LoadTraceLimits.days) else {
            problems.append(
                table.problem(row, table.cell("time", of: row), "more than \(LoadTraceLimits.days) days after \(from)"))
            return
        }
        if points[key] == nil {
            origins[key] = LoadTrace.Origin(
                line: row.line, region: table.cell("region", of: row)?.column,
                stream: table.cell("stream", of: row)?.column)
        }
        points[key, default: []].append(LoadTrace.Point(at: at, viewers: viewers, publishers: publishers))
    }

    func finish() throws(SimulationInputError) -> LoadTrace {
        guard problems.isEmpty else { throw SimulationInputError(problems) }
        let trace = LoadTrace(
            series: points.map {
                LoadTrace.Series(
                    region: $0.key.region, stream: $0.key.stream, points: $0.value,
                    origin: origins[$0.key] ?? LoadTrace.Origin())
            })
        guard trace.end > trace.start else {
            let found = trace.series.isEmpty ? "no row" : "one point in time"
            throw SimulationInputError([
                SpecDiagnostic(
                    location: SourceLocation(file: table.file, line: 0, column: 0),
                    message: "\(found) under the header; a trace has at least two points in time")
            ])
        }
        return trace
    }

    private mutating func time(of row: CSVTable.Row) -> Timestamp? {
        guard let cell = table.cell("time", of: row) else { return nil }
        let offset = Self.offset(cell.text)
        let full = offset == nil ? Timestamp(cell.text) : nil
        guard offset != nil || full != nil else {
            problems.append(
                table.problem(
                    row, cell,
                    "'\(cell.text)' is no time; expected seconds from the start, a duration such as 1h30m, or 2026-11-22T12:00:00Z"
                ))
            return nil
        }
        if let isAbsolute, isAbsolute != (full != nil) {
            problems.append(
                table.problem(
                    row, cell,
                    "'\(cell.text)' is \(isAbsolute ? "an offset" : "a time in full"), unlike the first row's"))
            return nil
        }
        isAbsolute = full != nil
        return full ?? offset.map { (start ?? LoadTrace.defaultStart) + $0 }
    }

    /// `90`, `0.5`, `15m`, `1h30m`.
    static func offset(_ text: String) -> Duration? {
        Duration(specText: text) ?? Duration(specText: text + "s")
    }

    private mutating func stream(of row: CSVTable.Row) -> StreamKey? {
        guard let cell = table.cell("stream", of: row), !cell.text.isEmpty else { return stream }
        let parts = cell.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            problems.append(
                table.problem(row, cell, "stream '\(cell.text)' is no scope and name such as '\(stream)'"))
            return nil
        }
        return StreamKey(scope: String(parts[0]), name: String(parts[1]))
    }

    private mutating func level(_ name: String, _ row: CSVTable.Row) -> Double? {
        guard let cell = table.cell(name, of: row) else { return nil }
        guard let value = Double(cell.text), value.isFinite, value >= 0, value <= LoadTraceLimits.level else {
            problems.append(
                table.problem(
                    row, cell, "'\(cell.text)' is no number of \(name) from 0 to \(LoadTraceLimits.level.short)"))
            return nil
        }
        return value
    }
}

extension LoadTrace {
    /// The trace as CSV, which reads as the same trace.
    package var csv: String {
        let hasPublishers = series.contains { $0.points.contains { $0.publishers != nil } }
        let rows = series.flatMap { series in
            series.points.map { point in
                let publishers = hasPublishers ? "," + (point.publishers?.short ?? "") : ""
                return (
                    at: point.at,
                    text: "\(point.at),\(series.region ?? ""),\(series.stream),\(point.viewers.short)\(publishers)\n"
                )
            }
        }
        // Stable: equal times stay in the order of the series.
        let ordered = rows.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        return "time,region,stream,viewers\(hasPublishers ? ",publishers" : "")\n"
            + ordered.map(\.element.text).joined()
    }

    /// What is wrong with the trace for a spec, to stand behind the file's name: regions and scopes that it does not have, with the
    /// place of the first row of each.
    package func strangers(to spec: Spec) -> [String] {
        let places = Set(spec.groups.flatMap { $0.regions.flatMap { [$0.name] + ($0.zone.map { [$0] } ?? []) } })
        var found: [String] = []
        for region in Set(series.compactMap(\.region)).subtracting(places).sorted() {
            let near = Suggestion.nearest(to: region, among: places.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            let place = place(\.region) { $0.region == region }
            found.append("\(place)region '\(region)' of the trace is no region or zone of the spec\(near)")
        }
        for scope in Set(series.map(\.stream.scope)).sorted()
        where !spec.groups.contains(where: { $0.serves(scope: scope) }) {
            let near = Suggestion.nearest(to: scope, among: spec.groups.flatMap(\.scopes))
            let place = place(\.stream) { $0.stream.scope == scope }
            found.append(
                "\(place)no node group of the spec serves the scope '\(scope)' of the trace"
                    + (near.map { "; did you mean '\($0)'?" } ?? ""))
        }
        return found
    }

    /// `:2:3: `, to stand behind the file's name, of the first row of such a series; `: ` when it was not read.
    private func place(_ column: KeyPath<Origin, Int?>, _ isSought: (Series) -> Bool) -> String {
        let origins = series.filter(isSought).map(\.origin).filter { $0.line > 0 }
        guard let first = origins.min(by: { $0.line < $1.line }) else { return ": " }
        return ":\(first.line):\(first[keyPath: column] ?? 1): "
    }
}
