import CYAML

/// Reads YAML text by libyaml's event interface: the one file that knows the C library.
enum YAMLParser {
    /// The documents that were complete, and why there are no more of them if something was wrong.
    struct Outcome: Sendable {
        /// Those that are complete.
        var documents: [YAMLNode]
        /// Nil when the text was read to its end.
        var problem: YAMLProblem?
    }

    /// Reads every document of a text. Never traps, whatever the bytes are.
    ///
    /// - Parameter firstLine: the number of its first line in the file.
    static func parse(_ bytes: ArraySlice<UInt8>, firstLine: Int = 1) -> Outcome {
        var builder = YAMLTreeBuilder()
        do throws(YAMLProblem) {
            try run(bytes, firstLine - 1, &builder)
            return Outcome(documents: builder.documents, problem: nil)
        } catch {
            return Outcome(documents: builder.documents, problem: error)
        }
    }

    /// Feeds the events of `bytes` to the builder.
    private static func run(_ bytes: ArraySlice<UInt8>, _ linesBefore: Int, _ builder: inout YAMLTreeBuilder)
        throws(YAMLProblem)
    {
        // libyaml keeps a pointer to its own parser, so it must not move: it lives on the heap.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { unsafe parser.deallocate() }
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            throw YAMLProblem(message: "out of memory", line: 1, column: 1)
        }
        defer { unsafe yaml_parser_delete(parser) }
        // The closure's error goes by way of a result, since the buffer function rethrows untyped.
        let result = unsafe bytes.withUnsafeBufferPointer { buffer -> Result<Void, YAMLProblem> in
            unsafe yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            do throws(YAMLProblem) {
                while unsafe try step(parser, linesBefore, &builder) {}
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        if case .failure(var problem) = result {
            if problem.line == 0 { problem = unsafe syntaxProblem(parser, bytes, linesBefore) }
            throw problem
        }
    }

    /// Handles one event; false at the end of the stream.
    private static func step(
        _ parser: UnsafeMutablePointer<yaml_parser_t>, _ linesBefore: Int, _ builder: inout YAMLTreeBuilder
    ) throws(YAMLProblem) -> Bool {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else {
            // Line 0: the caller asks the parser what is wrong.
            throw YAMLProblem(message: "", line: 0, column: 0)
        }
        defer { unsafe yaml_event_delete(&event) }
        let start = unsafe event.start_mark
        let mark = YAMLTreeBuilder.Mark(
            line: UInt32(truncatingIfNeeded: linesBefore + Int(start.line) + 1),
            column: UInt32(truncatingIfNeeded: start.column + 1))
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let style: YAMLNode.Style =
                switch unsafe scalar.style {
                case YAML_PLAIN_SCALAR_STYLE: .plain
                case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
                default: .quoted
                }
            let resolved = unsafe try resolve(scalar.tag, written: style, at: mark)
            unsafe try builder.scalar(
                String(decoding: bytes, as: UTF8.self), resolved, anchor: string(scalar.anchor), at: mark)
        case YAML_MAPPING_START_EVENT:
            unsafe try refuseTag(event.data.mapping_start.tag, but: "tag:yaml.org,2002:map", at: mark)
            unsafe try builder.begin(isMapping: true, anchor: string(event.data.mapping_start.anchor), at: mark)
        case YAML_SEQUENCE_START_EVENT:
            unsafe try refuseTag(event.data.sequence_start.tag, but: "tag:yaml.org,2002:seq", at: mark)
            unsafe try builder.begin(isMapping: false, anchor: string(event.data.sequence_start.anchor), at: mark)
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            try builder.end()
        case YAML_ALIAS_EVENT:
            unsafe try builder.alias(string(event.data.alias.anchor) ?? "", at: mark)
        case YAML_DOCUMENT_END_EVENT:
            builder.endDocument()
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT:
            return false
        default:
            break
        }
        return true
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    /// The style that a scalar has by its tag: `!!str` makes it a text, the other standard tags leave it as written.
    private static func resolve(
        _ tag: UnsafeMutablePointer<yaml_char_t>?, written: YAMLNode.Style, at mark: YAMLTreeBuilder.Mark
    ) throws(YAMLProblem) -> YAMLNode.Style {
        guard let tag = unsafe string(tag) else { return written }
        switch tag {
        case "!", "tag:yaml.org,2002:str": return written == .plain ? .quoted : written
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return .plain
        default: throw unknownTag(tag, mark)
        }
    }

    private static func refuseTag(
        _ tag: UnsafeMutablePointer<yaml_char_t>?, but known: String, at mark: YAMLTreeBuilder.Mark
    ) throws(YAMLProblem) {
        guard let tag = unsafe string(tag), tag != known, tag != "!" else { return }
        throw unknownTag(tag, mark)
    }

    private static func unknownTag(_ tag: String, _ mark: YAMLTreeBuilder.Mark) -> YAMLProblem {
        YAMLProblem(message: "unknown tag '\(tag.shortened)'", line: Int(mark.line), column: Int(mark.column))
    }

    /// What libyaml says is wrong, as facts for ``YAMLSyntax``.
    private static func syntaxProblem(
        _ parser: UnsafeMutablePointer<yaml_parser_t>, _ slice: ArraySlice<UInt8>, _ linesBefore: Int
    ) -> YAMLProblem {
        let bytes = Array(slice)
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "this is no YAML"
        var result: YAMLProblem
        switch unsafe parser.pointee.error {
        case YAML_READER_ERROR:
            result = unsafe YAMLSyntax.unreadable(problem, atByte: parser.pointee.problem_offset, of: bytes)
        case YAML_MEMORY_ERROR:
            result = YAMLProblem(message: "out of memory", line: 1, column: 1)
        default:
            let mark = unsafe parser.pointee.problem_mark
            let context = unsafe parser.pointee.context.map { unsafe String(cString: $0) }
            result = unsafe YAMLSyntax.problem(
                problem, line: Int(mark.line) + 1, column: Int(mark.column) + 1, context: context,
                contextLine: Int(parser.pointee.context_mark.line) + 1, linesBefore: linesBefore, in: bytes)
        }
        result.line += linesBefore
        return result
    }
}
