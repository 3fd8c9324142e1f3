internal import Reconciler

/// `smreconcile schema`: the JSON Schema that editors use.
enum SchemaCommand: Command {
    static let name = "schema"
    static let summary = "prints the JSON Schema of the spec language, for editors"
    static let usage = ""
    static let options: [Option] = []

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        console.write(SpecSchema.json())
        return ExitCode.done
    }
}

/// `smreconcile version`.
enum VersionCommand: Command {
    static let name = "version"
    static let summary = "prints the version"
    static let usage = ""
    static let options: [Option] = []
    static let version = "0.1.0"

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        console.print("smreconcile \(version)")
        return ExitCode.done
    }
}
