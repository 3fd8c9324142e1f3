internal import Foundation
internal import Reconciler

/// `smreconcile import sm2`: a node group of the reference product, from its JSON to our YAML.
enum ImportCommand: Command {
    static let name = "import"
    static let summary = "turns a node group of Stream Manager 2.0 into a spec"
    static let usage = "sm2 FILE [-o DIR] [--provider NAME [-f SPEC]]"
    static let options: [Option] = [
        .value("output", "o", "DIR", "writes NAME.yaml into this directory; '-' is standard output (default)"),
        .value("provider", nil, "NAME", "a Provider that your spec has already (default: a simulated one is written)"),
        .list("file", "f", "SPEC", "where that Provider is, so that settings are in its own words; may be repeated"),
    ]

    /// As much as a spec file may have is read, and a byte more to see that it is too much.
    private static let sizeLimit = 16 << 20

    static let words: [ValueKind] = [.words(["sm2"]), .files]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let words = arguments.positional
        guard words.first == "sm2" else {
            let format = words.first.map { "'\($0)' is no format that can be imported" } ?? "no format given"
            throw UsageError("\(format): sm2 is the one there is")
        }
        guard words.count == 2, let path = words.last else {
            throw UsageError(words.count < 2 ? "no file given; '-' is standard input" : "one file at a time")
        }
        let source = SpecSource(name: path == "-" ? "standard input" : path, bytes: try bytes(path))
        let chosen = try provider(arguments, console)
        let reading = ProductImport.read(source) { _ throws(ProductImport.ProviderProblem) in
            chosen
        }
        guard let group = reading.group else {
            console.error(reading.diagnostics.printed + count(reading.diagnostics.count, "error"))
            return ExitCode.failed
        }
        try write(group, to: arguments.value("output") ?? "-", console)
        for note in group.notes { console.error("note: \(note)") }
        return ExitCode.done
    }

    /// The provider of the group, looked up in a spec if there is one.
    private static func provider(_ arguments: Arguments, _ console: Console) throws -> ProductImport.Provider {
        let paths = arguments.list("file")
        guard let name = arguments.value("provider") else {
            if !paths.isEmpty { throw UsageError("-f goes with --provider, the name of one in that spec") }
            return .standIn
        }
        if paths.isEmpty { return .named(name, isEC2: nil) }
        let providers = try SpecPaths.read(paths, console).providers
        guard let spec = providers[name] else {
            throw CommandError(Suggestion.noSuch("provider", name, in: "the spec", among: providers.keys.sorted()))
        }
        return .named(name, isEC2: spec.settings.typeName == "ec2")
    }

    private static func bytes(_ path: String) throws(CommandError) -> [UInt8] {
        do {
            let handle = path == "-" ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
            return [UInt8](try handle.read(upToCount: sizeLimit) ?? Data())
        } catch {
            throw CommandError("cannot read '\(path)': \(error.localizedDescription)")
        }
    }

    private static func write(_ group: ProductImport, to place: String, _ console: Console) throws(CommandError) {
        if place == "-" { return console.write(group.yaml) }
        let path = "\(place)/\(group.name).yaml"
        do {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try Data(group.yaml.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            throw CommandError("cannot write '\(path)': \(error.localizedDescription)")
        }
        console.error("wrote \(path)")
    }

    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
