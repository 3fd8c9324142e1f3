import Foundation
import Glibc

/// One bash that reads the commands of a page one after the other, so that variables, functions and jobs live on as in a terminal.
final class PageShell {
    /// How a command ended.
    struct Outcome {
        var code: Int32
        /// Standard output and error, as they came.
        var lines: [String]
    }

    let workspace: Workspace
    private let program: Program
    private let orders: FileHandle
    private var count = 0

    /// The home directory of whoever follows the page, where the commands begin.
    let home: String
    private let folder: String

    /// Starts it in an empty directory, or one with the repository's `examples` in it.
    init(_ workspace: Workspace, ports: PagePorts, withExamples: Bool) throws {
        self.workspace = workspace
        home = workspace.path("home")
        folder = workspace.path("shell")
        let manager = FileManager.default
        for path in [home, folder] { try manager.createDirectory(atPath: path, withIntermediateDirectories: true) }
        if withExamples {
            try manager.copyItem(atPath: Workspace.repository + "/examples", toPath: home + "/examples")
        }
        try Self.writeCommand(to: folder, ports)
        guard unsafe mkfifo(folder + "/orders", 0o600) == 0 else {
            throw NeverHappened(description: "no pipe for the shell: error \(errno)")
        }
        // For reading too: so it opens at once, and never tells the shell of an end.
        let file = unsafe open(folder + "/orders", O_RDWR | O_CLOEXEC)
        guard file >= 0 else { throw NeverHappened(description: "the shell's pipe does not open: error \(errno)") }
        orders = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        let path = workspace.environment["PATH"] ?? ""
        program = try workspace.start(
            ["bash", "-c", Self.loop, "bash", folder], name: "shell-of-page",
            environment: [
                "HOME": home, "PATH": "\(folder):\(path):/usr/sbin:/sbin", "COLUMNS": "120", "TERM": "dumb",
                "SMRECONCILE_SERVER": "http://127.0.0.1:\(ports.free[PagePorts.standard] ?? PagePorts.standard)",
            ])
    }

    /// Reads the numbers of commands and runs each in this same shell. The result appears whole, by its renaming.
    private static let loop = """
        cd "$HOME" || exit
        __folder=$1 __orders=
        exec 9<"$__folder/orders"
        while read -r __number <&9; do
            . "$__folder/$__number.sh" >"$__folder/$__number.out" 2>&1 </dev/null 9<&-
            echo $? >"$__folder/$__number.tmp"
            mv "$__folder/$__number.tmp" "$__folder/$__number.code"
        done
        """

    /// `smreconcile` as the page's reader has it, but where it would listen on its standard port, or look at that, it is the page's.
    private static func writeCommand(to folder: String, _ ports: PagePorts) throws {
        let port = ports.free[PagePorts.standard] ?? PagePorts.standard
        let path = folder + "/smreconcile"
        let script = """
            #!/bin/sh
            case "$1 $*" in
                *--listen\\ *|*--listen=*|*--help*) ;;
                run\\ *|apply\\ *|doctor\\ *) exec '\(Workspace.binary)' "$@" --listen 127.0.0.1:\(port) ;;
            esac
            exec '\(Workspace.binary)' "$@"

            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        unsafe chmod(path, 0o755)
    }

    /// Begins a command and returns its number.
    func begin(_ command: String) throws -> Int {
        count += 1
        try Data((command + "\n").utf8).write(to: URL(fileURLWithPath: "\(folder)/\(count).sh"))
        try orders.write(contentsOf: Data("\(count)\n".utf8))
        return count
    }

    /// How a command ended, once it has.
    func outcome(of number: Int) throws -> Outcome? {
        if let code = program.poll() {
            throw NeverHappened(description: "the shell of the page ended with \(code): \(program.error)")
        }
        guard let code = FileManager.default.contents(atPath: "\(folder)/\(number).code") else { return nil }
        let text = String(decoding: code, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return Outcome(code: Int32(text) ?? -1, lines: lines(of: number))
    }

    /// What a command has printed so far, also one that stays running.
    func lines(of number: Int) -> [String] {
        let text = String(
            decoding: FileManager.default.contents(atPath: "\(folder)/\(number).out") ?? Data(), as: UTF8.self)
        var lines = text.replacing(home, with: "/home/you").replacing(
            "\(folder)/\(number).sh: line ", with: "bash: line "
        )
        .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Writes a file of the page.
    func write(_ text: String, to name: String) throws {
        let path = home + "/" + name
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        if text.hasPrefix("#!") { unsafe chmod(path, 0o755) }
    }
}
