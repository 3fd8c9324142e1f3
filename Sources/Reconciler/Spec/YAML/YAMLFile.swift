internal import Dispatch

/// Reads a whole YAML file: a large one in parts, which are read at the same time.
enum YAMLFile {
    /// Smaller parts are not worth another thread. Fixed, so that what is reported does not depend on the machine.
    static let partBytes = 512 << 10

    /// One part: whole documents, and the number of its first line.
    struct Part: Sendable, Equatable {
        /// Of the bytes of the file.
        var range: Range<Int>
        /// Counted from 1.
        var firstLine: Int
    }

    /// Reads every document of a file, and makes something of each part's. Never traps, whatever the bytes are.
    ///
    /// - Parameter transform: called from several threads at once.
    /// - Returns: one result for each part, in the order of the file.
    static func read<Result: Sendable>(
        _ bytes: [UInt8], _ transform: @Sendable (YAMLParser.Outcome) -> Result
    ) -> [Result] {
        if let problem = refuseAtSight(bytes) { return [transform(.init(documents: [], problem: problem))] }
        let parts = parts(of: bytes)
        guard parts.count > 1 else { return [transform(YAMLParser.parse(bytes[...]))] }
        let results = Locked<[Int: Result]>([:])
        DispatchQueue.concurrentPerform(iterations: parts.count) { index in
            let part = parts[index]
            let result = transform(YAMLParser.parse(bytes[part.range], firstLine: part.firstLine))
            results.with { $0[index] = result }
        }
        let done = results.current
        return parts.indices.compactMap { done[$0] }
    }

    private static func refuseAtSight(_ bytes: [UInt8]) -> YAMLProblem? {
        if bytes.count > YAMLLimits.fileBytes {
            return YAMLProblem(
                message: "too large: \(bytes.count) bytes, and a spec file has at most \(YAMLLimits.fileBytes)",
                line: 1, column: 1)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return YAMLProblem(message: "this is UTF-16; save the file as UTF-8", line: 1, column: 1)
        }
        return nil
    }

    /// Cuts a file before lines that are `---`. Such a line begins a document wherever it stands: no scalar may hold it
    /// (YAML 1.2.2, rule c-forbidden). A file with directives is not cut, since these belong to what follows them.
    static func parts(of bytes: [UInt8]) -> [Part] {
        let whole = [Part(range: bytes.indices, firstLine: 1)]
        guard bytes.count > 2 * partBytes else { return whole }
        var parts: [Part] = []
        var part = Part(range: 0..<0, firstLine: 1)
        var line = 1
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            line += 1
            let next = index + 1
            guard next < bytes.count else { break }
            if bytes[next] == UInt8(ascii: "%") { return whole }
            guard next - part.range.lowerBound >= partBytes, isMarker(bytes, at: next) else { continue }
            part.range = part.range.lowerBound..<next
            parts.append(part)
            part = Part(range: next..<next, firstLine: line)
        }
        part.range = part.range.lowerBound..<bytes.count
        return parts + [part]
    }

    /// Whether `---` stands at a place, and then a blank or a line end.
    private static func isMarker(_ bytes: [UInt8], at index: Int) -> Bool {
        let dash = UInt8(ascii: "-")
        guard index + 3 < bytes.count, bytes[index] == dash, bytes[index + 1] == dash, bytes[index + 2] == dash
        else { return false }
        return bytes[index + 3] <= UInt8(ascii: " ")
    }
}
