internal import Reconciler

/// `smreconcile evaluate`: what an expression, or the rules of a spec, make of what the nodes report. It changes nothing.
enum EvaluateCommand: Command {
    static let name = "evaluate"
    static let summary = "shows what a scaling expression, or each rule of the spec, comes to now"
    static let usage =
        "[EXPR] [-f PATH] [--state FILE | --server URL] [--group G] [--role R] [--region X] [--now TIME] [-o text|json]"
    static let options: [Option] = [
        .file,
        .value("state", nil, "FILE", "evaluate over the State document in FILE; '-' reads standard input"),
        .server, .authorities,
        .value("group", nil, "GROUP", "only this node group"),
        .value("role", nil, "ROLE", "only this role", of: .roles),
        .value("region", nil, "REGION", "only this region"),
        .value("now", nil, "TIME", "the time to evaluate for (default: the State's, or now)"),
        .json,
    ]
    static let words: [ValueKind] = [.free]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let words = arguments.positional + arguments.rest
        guard words.count < 2 else {
            throw UsageError("one expression at most; put it in quotes, as in 'avg(cpu.system.load) > 0.8'")
        }
        let paths = arguments.list("file")
        let place = try ObservedFleet.Place.of(arguments, specs: paths, otherwise: .manager)
        let time = try ObservedFleet.time(arguments)
        if let text = words.first {
            let expression = try expression(text)
            let spec = paths.isEmpty ? nil : try SpecPaths.read(paths, console)
            let (fleet, at) = try await ObservedFleet.read(from: place, for: spec, now: time, arguments, console)
            let all = PoolEvaluation.all(expression, over: fleet, of: spec)
            let wanted = try arguments.wanted(all.map(\.pool))
            let pools = all.filter { wanted.contains($0.pool) }
            let result = EvaluationText(expression: expression, at: at, pools: pools)
            format == .json ? console.print(try result.json()) : console.write(result.text)
            return ExitCode.done
        }
        let all = try await decisions(paths, place, time, arguments, console)
        let wanted = try arguments.wanted(all.map(\.pool))
        let decisions = all.filter { wanted.contains($0.pool) }
        format == .json ? console.print(try RulesText.json(decisions)) : console.write(RulesText.text(decisions))
        return ExitCode.done
    }

    private static func expression(_ text: String) throws(CommandError) -> Expression {
        do throws(ExpressionError) {
            return try Expression(text: text, form: .any)
        } catch {
            let column = error.offset + 1
            let line = String(text.map { $0.isNewline ? " " : $0 })
            let diagnostic = SpecDiagnostic(
                location: SourceLocation(file: "expression", line: 1, column: column), message: error.message,
                suggestion: error.suggestion, excerpt: SourceExcerpt(line: line, column: column))
            throw CommandError(diagnostic.rendered, code: ExitCode.usage)
        }
    }

    private static func decisions(
        _ paths: [String], _ place: ObservedFleet.Place, _ time: Timestamp?, _ arguments: Arguments, _ console: Console
    ) async throws -> [ScalingDecision] {
        if !paths.isEmpty {
            let spec = try SpecPaths.read(paths, console)
            let (fleet, at) = try await ObservedFleet.read(from: place, for: spec, now: time, arguments, console)
            return Preview.plan(spec: spec, fleet: fleet, now: at).scaling
        }
        guard place == .manager else {
            throw UsageError(
                "the rules of a State document's nodes are in a spec; name it with -f PATH, or give an expression")
        }
        guard time == nil else {
            throw UsageError("--now needs a spec: the manager tells its last round; name one with -f PATH")
        }
        return try RulesText.decisions(of: try await ServerClient(arguments, console).get("/as/v1/plan"))
    }
}

extension Arguments {
    /// Those pools that `--group`, `--role` and `--region` ask for; throws when they ask for one that is not there.
    fileprivate func wanted(_ pools: [PoolKey]) throws(CommandError) -> Set<PoolKey> {
        var left = pools
        var place = ""
        let nouns: [(option: String, noun: String, name: KeyPath<PoolKey, String>)] = [
            ("group", "node group", \.group), ("role", "role", \.role), ("region", "region", \.region),
        ]
        for (option, noun, name) in nouns {
            guard let word = value(option) else { continue }
            let known = Set(left.map { $0[keyPath: name] }).sorted()
            guard known.contains(word) else {
                throw CommandError(Suggestion.noSuch(noun, word, in: place, among: known))
            }
            left = left.filter { $0[keyPath: name] == word }
            place += "\(place.isEmpty ? "" : ", ")\(noun) '\(word)'"
        }
        return Set(left)
    }
}
