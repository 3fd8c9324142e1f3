/// `smreconcile manual`: the manual page.
enum ManualCommand: Command {
    static let name = "manual"
    static let summary = "prints the manual page, for 'man -l -' or a package"
    static let usage = ""
    static let options: [Option] = []

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        console.write(ManualPage.text)
        return ExitCode.done
    }
}
