internal import Foundation
internal import Providers
internal import Reconciler

/// `smreconcile provider test`: the conformance cases over a provider of the spec, made as the daemon makes it.
enum ProviderTest {
    /// The types whose instances may cost money, or be somebody's: nothing is made without a yes.
    private static let costly: Set<String> = ["ec2", "terraform", "shell"]
    /// A witness that takes longer has hung.
    private static let witnessTimeout: Duration = .seconds(120)

    /// Runs the cases; 0 when all of them passed or had to be skipped, and nothing is left.
    static func run(
        _ spec: Spec, _ arguments: Arguments, _ format: OutputFormat, _ console: Console
    ) async throws -> Int32 {
        let provider = try ProviderCommand.choose(spec, arguments)
        let cases = try cases(arguments)
        let runID = hexadecimal(.random(in: 0...(.max)))
        var setup = try ConformancePlace.setup(for: provider, in: spec, arguments, runID: runID)
        setup.witness = arguments.value("witness").map { ConformanceSetup.witness($0, within: witnessTimeout) }
        let scratch = NSTemporaryDirectory() + "smreconcile-\(setup.owner)"
        let made: any Provider
        do throws(ProviderUnavailable) {
            made = try makeProvider(provider, dataDirectory: scratch, time: SystemTime())
        } catch {
            throw CommandError(error.description)
        }
        let subject = ConformanceText.Subject(provider: provider, setup: setup)
        console.error(subject.intent(cases))
        guard try mayGoOn(provider, arguments, console) else {
            console.error("nothing was made")
            return ExitCode.failed
        }
        // Before anything is made: what is made from here on is cleared up, whatever signal comes.
        let signals = Signals.stream()
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let conformance = Conformance(
            made, name: provider.name, limits: provider.limits, setup: setup, time: SystemTime())
        let (outcome, signal) = await perform(conformance, cases, signals, console)
        let report: ConformanceReport
        do throws(ConformanceSetup.WitnessFailure) {
            report = try outcome.get()
        } catch {
            try? FileManager.default.removeItem(atPath: scratch)
            throw CommandError("the witness failed, and nothing was made: \(error.message)")
        }
        // Local nodes that are left need their records.
        let isUsed = (try? FileManager.default.contentsOfDirectory(atPath: scratch))?.isEmpty == false
        if report.leftovers.isEmpty || !isUsed { try? FileManager.default.removeItem(atPath: scratch) }
        if !report.leftovers.isEmpty {
            console.error(ConformanceText.alarm(report.leftovers, kept: isUsed ? scratch : nil))
        }
        if format == .json {
            console.print(try ConformanceText.json(report, subject))
        } else {
            console.write(ConformanceText.text(report, subject))
        }
        if let signal { return 128 + signal }
        return report.isPassed ? ExitCode.done : ExitCode.failed
    }

    /// The report, unless the witness was silent; and the signal that ended the run before its time.
    private static func perform(
        _ conformance: Conformance, _ cases: [ConformanceCase], _ signals: AsyncStream<Int32>, _ console: Console
    ) async -> (Result<ConformanceReport, ConformanceSetup.WitnessFailure>, Int32?) {
        let received = Locked<Int32?>(nil)
        let run = Task(name: "conformance run") {
            () async -> Result<ConformanceReport, ConformanceSetup.WitnessFailure> in
            do throws(ConformanceSetup.WitnessFailure) {
                return .success(
                    try await conformance.run(cases) { progress in
                        if let line = ConformanceText.line(progress) { console.error(line) }
                    })
            } catch {
                return .failure(error)
            }
        }
        let watch = Task(name: "signals of a conformance run") {
            for await signal in signals {
                received.replace(with: signal)
                console.error("called off: what was made is cleared up first; a second time leaves it as it is")
                run.cancel()
            }
        }
        defer { watch.cancel() }
        return (await run.value, received.current)
    }

    private static func cases(_ arguments: Arguments) throws(UsageError) -> [ConformanceCase] {
        let names = arguments.list("case")
        let known = ConformanceCase.all.map(\.name)
        if let stray = names.first(where: { !known.contains($0) }) {
            let near = Suggestion.nearest(to: stray, among: known)
            throw UsageError(
                "there is no case '\(stray)'; "
                    + (near.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"))
        }
        return names.isEmpty ? ConformanceCase.all : ConformanceCase.all.filter { names.contains($0.name) }
    }

    private static func mayGoOn(
        _ provider: ProviderSpec, _ arguments: Arguments, _ console: Console
    ) throws(UsageError) -> Bool {
        let type = provider.settings.typeName
        if !costly.contains(type) || arguments.has("yes") { return true }
        guard let answer = Prompt.yes("make them? [y/N]", console) else {
            throw UsageError("instances of a provider of type '\(type)' may cost money; say --yes to have them made")
        }
        return answer
    }

    /// Eight digits.
    private static func hexadecimal(_ number: UInt32) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
