internal import Foundation
internal import Reconciler
internal import Simulation

/// `smreconcile simulate`: a spec under a load, on virtual time.
enum SimulateCommand: Command {
    static let name = "simulate"
    static let summary = "plays a load against a spec on virtual time, and shows who was refused and what it costs"
    static let usage = "-f PATH --load TRACE [--against PATH] [--report FILE] [-o text|json]"
    static let options: [Option] = [
        .file,
        .value(
            "load", nil, "TRACE",
            "CSV file of time, region, stream, viewers, publishers, or \(generators), each with ':peak=VIEWERS' if you like"
        ),
        .value("against", nil, "PATH", "another spec under the same load, for comparison"),
        .value("report", nil, "FILE", "write an HTML page that stands alone"),
        .value("seed", nil, "N", "what chance is drawn from (default: 1); equal inputs give equal outputs"),
        .value("step", nil, "DURATION", "between two rounds (default: 2s to 60s, by the length of the load)"),
        .value(
            "start", nil, "TIME", "where offsets of the load begin (default: a Monday, or what suits a generated load)"),
        .value(
            "boot", nil, "DURATION", "from create to service (default: a simulated provider's own, 90s for machines)"),
        .value("prices", nil, "FILE", "CSV file of instanceType, pricePerHour"),
        .list("price", nil, "TYPE=PRICE", "the price of an instance type per hour; may be repeated"),
        .flag("print-load", nil, "print the load as CSV, and simulate nothing"),
        .json,
    ]

    private static var generators: String {
        let names = TraceGenerator.Shape.allCases.map(\.rawValue)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    static let words: [ValueKind] = [.files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        let paths = try SpecPaths.of(arguments)
        guard let load = arguments.value("load") else {
            throw UsageError("no load given; name a CSV file or \(generators) with --load")
        }
        if paths.contains("-"), load == "-" { throw UsageError("standard input cannot be both the spec and the load") }
        var options = try options(arguments, named: paths.joined(separator: " "))
        let start = try arguments.time("start")
        let spec = try SpecPaths.read(paths, console)
        let trace = try trace(load, spec, start, options.seed)
        if arguments.has("print-load") {
            console.write(trace.csv)
            return ExitCode.done
        }
        options.prices = try prices(arguments)
        let strangers = trace.strangers(to: spec)
        if !strangers.isEmpty { throw CommandError(strangers.map { "\(load)\($0)" }.joined(separator: "\n")) }
        let progress = Progress(console)
        async let second = against(arguments, trace, options, console)
        let first = try await Simulator.run(spec: spec, trace: trace, options: options) { progress.show($0) }
        let other = try await second
        if let path = arguments.value("report") {
            try write(SimulationReport.html(first, against: other), to: path)
        }
        switch format {
        case .json: console.print(try other.map { try SimulationResult.json(first, against: $0) } ?? first.json())
        default: console.write(SimulationText(first, against: other, load: load, console: console).text)
        }
        if let path = arguments.value("report") { console.error("wrote \(path)") }
        return ExitCode.done
    }

    private static func against(
        _ arguments: Arguments, _ trace: LoadTrace, _ options: SimulationOptions, _ console: Console
    ) async throws -> SimulationResult? {
        guard let path = arguments.value("against") else { return nil }
        let spec = try SpecPaths.read([path], console)
        var options = options
        options.name = path
        return try await Simulator.run(spec: spec, trace: trace, options: options)
    }

    // MARK: - Arguments

    private static func options(_ arguments: Arguments, named name: String) throws -> SimulationOptions {
        var options = SimulationOptions(name: name)
        if let text = arguments.value("seed") {
            guard let seed = UInt64(text) else { throw UsageError("--seed '\(text)' is no whole number of 0 or more") }
            options.seed = seed
        }
        options.step = try arguments.duration("step", from: .seconds(1), to: .seconds(300))
        options.boot = try arguments.duration("boot", from: .zero, to: .seconds(86_400))
        return options
    }

    private static func trace(
        _ load: String, _ spec: Spec, _ start: Timestamp?, _ seed: UInt64
    ) throws -> LoadTrace {
        do throws(TraceGeneratorError) {
            if let generator = try TraceGenerator(load) { return generator.trace(for: spec, seed: seed, start: start) }
        } catch {
            throw UsageError("--load \(load): \(error.message)")
        }
        if load != "-", !FileManager.default.fileExists(atPath: load) {
            let names = TraceGenerator.Shape.allCases.map(\.rawValue)
            let word = load.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) ?? load
            let near = Suggestion.nearest(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
            throw CommandError("--load '\(load)' is neither a file nor one of \(names.joined(separator: ", "))\(near)")
        }
        let data =
            load == "-"
            ? try FileHandle.standardInput.readToEnd() ?? Data() : try ObservedFleet.readFile(load, "the load")
        let scope = spec.groups.lazy.compactMap(\.scopes.first).first ?? "live"
        do throws(SimulationInputError) {
            return try LoadTrace.read(
                String(decoding: data, as: UTF8.self), file: load == "-" ? "<stdin>" : load, start: start, scope: scope)
        } catch {
            throw CommandError(error.message)
        }
    }

    private static func prices(_ arguments: Arguments) throws -> PriceList {
        var list = PriceList()
        if let path = arguments.value("prices") {
            let data = try ObservedFleet.readFile(path, "the prices")
            do throws(SimulationInputError) {
                list = try PriceList.read(String(decoding: data, as: UTF8.self), file: path)
            } catch {
                throw CommandError(error.message)
            }
        }
        for text in arguments.list("price") {
            let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let price = PriceList.price(pair[1]) else {
                throw UsageError("--price '\(text)' is no instance type and price per hour, such as c6i.large=0.085")
            }
            list.set(pair[0], price)
        }
        return list
    }

    private static func write(_ text: String, to path: String) throws(CommandError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandError("cannot write '\(path)': \(error.localizedDescription)")
        }
    }

    /// Lines on standard error, for a person who waits.
    private struct Progress: Sendable {
        /// What is over sooner needs no progress.
        private static let patience: Duration = .seconds(2)
        private let console: Console
        private let begin = SystemTime().now()

        init(_ console: Console) { self.console = console }

        func show(_ share: Double) {
            let percent = Int((share * 100).rounded())
            guard console.showsProgress, percent % 10 == 0, percent < 100, SystemTime().now() - begin > Self.patience
            else { return }
            console.error("simulating: \(percent)%")
        }
    }
}

extension Arguments {
    /// The value of an option that is a time.
    fileprivate func time(_ name: String) throws(UsageError) -> Timestamp? {
        guard let text = value(name) else { return nil }
        guard let time = Timestamp(text) else {
            throw UsageError("--\(name) '\(text)' is no time such as 2026-11-22T12:00:00Z")
        }
        return time
    }

    /// The value of an option that is a duration within bounds.
    fileprivate func duration(
        _ name: String, from least: Duration, to most: Duration
    ) throws(UsageError) -> Duration? {
        guard let text = value(name) else { return nil }
        guard let duration = Duration(specText: text), (least...most).contains(duration) else {
            throw UsageError(
                "--\(name) '\(text)' is no duration from \(least.specText) to \(most.specText), such as 90s")
        }
        return duration
    }
}
