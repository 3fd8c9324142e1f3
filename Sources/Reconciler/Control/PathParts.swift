/// The parts of a path, by its text alone. Foundation's `deletingLastPathComponent` of a name of one letter ends the process (Swift 6.3
/// on Linux), and paths come from people.
package enum PathParts {
    /// The directory that it names something in: `a` of `a/b` and `a/b/`, `/` of `/a` and `/`; empty for a bare name.
    package static func directory(of path: String) -> String {
        let whole = trimmed(path)
        guard let slash = whole.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            return whole.isEmpty && !path.isEmpty ? "/" : ""
        }
        let parent = trimmed(whole[..<slash])
        return parent.isEmpty ? "/" : String(parent)
    }

    /// What it names there: `b` of `a/b` and `a/b/`; `/` of the root.
    package static func name(of path: String) -> String {
        let whole = trimmed(path)
        guard let slash = whole.utf8.lastIndex(of: UInt8(ascii: "/")) else {
            return whole.isEmpty && !path.isEmpty ? "/" : String(whole)
        }
        return String(whole[whole.utf8.index(after: slash)...])
    }

    /// Without slashes at its end.
    private static func trimmed(_ path: some StringProtocol) -> Substring {
        var path = Substring(path)
        while path.hasSuffix("/") { path = path.dropLast() }
        return path
    }
}
