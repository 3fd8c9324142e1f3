internal import Foundation
internal import Reconciler

/// A role's command with everything filled in, ready to be started.
struct NodeCommand: Equatable {
    /// A path, or a name for `PATH`.
    var program: String
    var arguments: [String]
    /// All of the node's environment.
    var environment: [String: String]
    var workingDirectory: String

    /// What is known about the node when its command is filled in.
    struct Context {
        var request: CreateRequest
        var address: String
        var ports: [String: Int]
        /// The node's own directory.
        var directory: String
        /// The running program, so that a node's script can start the agent from it.
        var binary: String?
        /// The manager's own variables, of which a few are passed on.
        var inherited: [String: String]
    }

    /// The variables of the manager that a node gets too. Not all: some of the manager's are secrets of its own.
    static let inheritedVariables: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
    ]

    /// Marks the node's processes as ours while they live; see ``InstanceRecord``.
    static let instanceVariable = "SMRECONCILE_INSTANCE"

    /// What a role's command asks for beside the plain values.
    private static let portPrefix = "port."

    private static let names = [
        "nodeId", "group", "region", "role", "address", "port.NAME", "managerUrl", "token", "dir", "image", "specDir",
    ]

    /// The ports that a node of this command needs, by name: one per endpoint's protocol and one per further
    /// `{{port.NAME}}`.
    static func portNames(of command: ProcessSpec.Command, endpoints: [Endpoint]) -> [String] {
        var names: [String] = []
        let asked = PlaceholderText.names(in: texts(of: command))
            .filter { $0.hasPrefix(Self.portPrefix) }
            .map { String($0.dropFirst(Self.portPrefix.count)) }
        for name in endpoints.map(\.protocol) + asked where !name.isEmpty && !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// Fills a command in; throws the words for a placeholder that nothing is known for.
    init(_ command: ProcessSpec.Command, _ context: Context) throws(ProviderFailure) {
        let values = Self.values(context, specDirectory: Self.directory(of: command.source))
        var unknown: [String] = []
        func fill(_ text: String) -> String {
            let filled = PlaceholderText.fill(text) { values[$0] }
            for name in filled.unknown where !unknown.contains(name) { unknown.append(name) }
            return filled.text
        }
        var line = command.arguments.map(fill)
        var variables = context.inherited.filter {
            Self.inheritedVariables.contains($0.key) || $0.key.hasPrefix("LC_")
        }
        variables.merge(command.environment.mapValues(fill)) { _, own in own }
        workingDirectory = command.workingDirectory.map(fill).map { Self.path($0, command.source) } ?? context.directory
        guard unknown.isEmpty else { throw .terminal(Self.complaint(unknown, context.request.tags.role)) }
        guard !line.isEmpty, !line[0].isEmpty else {
            throw .terminal("the command of role '\(context.request.tags.role)' is empty")
        }
        let first = line.removeFirst()
        program = first.contains("/") ? Self.path(first, command.source) : first
        arguments = line
        variables["SMRECONCILE_NODE_ID"] = context.request.tags.node.rawValue
        variables["SMRECONCILE_NODE_TOKEN"] = context.request.credential
        variables["SMRECONCILE_SERVER"] = context.request.managerURL
        variables["SMRECONCILE_BIN"] = context.binary
        variables[Self.instanceVariable] = context.request.token
        environment = variables
    }

    /// The file of the running program; nil when it was removed.
    static func runningBinary() -> String? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        // An upgrade replaced the file: its successor has the same name.
        let mark = " (deleted)"
        let path = target.hasSuffix(mark) ? String(target.dropLast(mark.count)) : target
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// The environment of the manager, of which a part is passed on.
    static func ownEnvironment() -> [String: String] { ProcessInfo.processInfo.environment }

    private static func values(_ context: Context, specDirectory: String) -> [String: String] {
        let tags = context.request.tags
        var values = [
            "nodeId": tags.node.rawValue, "group": tags.group, "region": tags.region, "role": tags.role,
            "address": context.address, "managerUrl": context.request.managerURL, "token": context.request.credential,
            "dir": context.directory, "image": context.request.template.image ?? "", "specDir": specDirectory,
        ]
        for (name, port) in context.ports { values[Self.portPrefix + name] = "\(port)" }
        return values
    }

    private static func texts(of command: ProcessSpec.Command) -> [String] {
        command.arguments + command.environment.sorted { $0.key < $1.key }.map(\.value)
            + [command.workingDirectory ?? ""]
    }

    private static func complaint(_ unknown: [String], _ role: String) -> String {
        let found = unknown.map { "'{{\($0)}}'" }.joined(separator: ", ")
        let known = names.map { "{{\($0)}}" }.joined(separator: ", ")
        return "unknown placeholder \(found) in the command of role '\(role)'; known are \(known)"
    }

    /// The absolute directory of the spec file; the current one for standard input.
    static func directory(of source: SourceLocation?) -> String {
        let current = FileManager.default.currentDirectoryPath
        guard let file = source?.file, file.contains("/") else { return current }
        let directory = PathParts.directory(of: file)
        return directory.hasPrefix("/") ? directory : tidy("\(current)/\(directory)")
    }

    /// A path of the spec: an absolute one as it is, any other from the directory of the spec file.
    static func path(_ text: String, _ source: SourceLocation?) -> String {
        text.hasPrefix("/") ? text : tidy("\(directory(of: source))/\(text)")
    }

    /// Without `.` and `..`; symbolic links stay.
    private static func tidy(_ path: String) -> String {
        URL(fileURLWithPath: path).standardized.path
    }
}
