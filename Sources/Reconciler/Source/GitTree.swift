/// One entry of a directory in a commit, as `git ls-tree -z -l` tells it.
package struct GitEntry: Sendable, Equatable {
    /// What is there.
    package enum Kind: Sendable, Equatable {
        case file, directory
        /// A symbolic link: where it leads may be anywhere.
        case link
        /// Another repository.
        case submodule
    }

    package var kind: Kind
    /// The object's id.
    package var object: String
    /// Bytes of a file; 0 of anything else.
    package var size: Int
    /// From the root of the repository, for people: bytes that are no UTF-8 and control characters are replaced.
    package var name: String
    /// The last part of the name, as it is.
    package var base: [UInt8]

    /// The entries of a listing; nil for one that git did not write.
    package static func entries(of listing: [UInt8]) -> [GitEntry]? {
        var entries: [GitEntry] = []
        for record in listing.split(separator: 0) {
            guard let tab = record.firstIndex(of: 9) else { return nil }
            let words = record[..<tab].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 4 else { return nil }
            let kind: Kind
            switch (words[0], words[1]) {
            case ("120000", _): kind = .link
            case (_, "blob"): kind = .file
            case (_, "tree"): kind = .directory
            case (_, "commit"): kind = .submodule
            default: return nil
            }
            let path = record[(tab + 1)...]
            let slash = path.lastIndex(of: UInt8(ascii: "/"))
            entries.append(
                GitEntry(
                    kind: kind, object: words[2], size: Int(words[3]) ?? 0,
                    name: PlainText.line(String(decoding: path, as: UTF8.self), limit: 300),
                    base: Array(slash.map { path[($0 + 1)...] } ?? path)))
        }
        return entries
    }

    /// Whether a spec is read from it when its directory is named: `*.yaml` and `*.yml`, and none that is hidden.
    package var isSpec: Bool {
        base.first != UInt8(ascii: ".")
            && (base.suffix(5) == Array(".yaml".utf8)[...] || base.suffix(4) == Array(".yml".utf8)[...])
    }
}

/// Which files of a commit are the spec, and what is wrong with those that cannot be.
package struct GitTree: Sendable, Equatable {
    /// To be read, in the order of the paths and by name within a directory.
    package var files: [GitEntry] = []
    /// What is wrong.
    package var problems: [SpecDiagnostic] = []

    /// Files of one spec; thousands of node groups fit into a few.
    package static let fileLimit = 2000
    /// Bytes of all of them.
    package static let byteLimit = 64 << 20

    /// None yet.
    package init() {}

    /// Adds what a path names: the file `own`, or those of `members` where it names a directory. `own` is nil for the root and for what is
    /// not there.
    package mutating func add(_ path: String, own: GitEntry?, members: [GitEntry]) {
        if let own, own.kind == .file { return take(own) }
        if !path.isEmpty, own?.kind != .directory {
            return complain(path, own.map { Self.why($0.kind) } ?? "no such file or directory in this commit")
        }
        let candidates = members.filter { $0.isSpec && $0.kind != .directory }
        let place = path.isEmpty ? "the repository's root" : path
        if candidates.isEmpty { return complain(place, "no *.yaml or *.yml file in this directory") }
        if candidates.count > Self.fileLimit {
            return complain(
                place,
                "\(candidates.count) files, and a spec may have \(Self.fileLimit); put several documents into one")
        }
        for entry in candidates {
            if entry.kind == .file { take(entry) } else { complain(entry.name, Self.why(entry.kind)) }
        }
    }

    private mutating func take(_ entry: GitEntry) {
        if entry.size > SpecFiles.byteLimit {
            return complain(entry.name, "larger than \(SpecFiles.byteLimit) bytes, the limit of one spec file")
        }
        if files.reduce(0, { $0 + $1.size }) + entry.size > Self.byteLimit {
            return complain(
                entry.name, "with it the files are larger than \(Self.byteLimit) bytes, the limit of one spec")
        }
        files.append(entry)
    }

    /// A file that only stands for another one; nil for what is a file.
    package static func pointer(_ bytes: [UInt8], name: String) -> SpecDiagnostic? {
        guard bytes.starts(with: "version https://git-lfs.github.com/spec/".utf8) else { return nil }
        return problem(name, "a pointer of Git LFS and not the file itself; keep spec files out of LFS")
    }

    private static func why(_ kind: GitEntry.Kind) -> String {
        switch kind {
        case .link: "a symbolic link, which is not followed in a repository; put the file itself there"
        case .submodule: "a submodule, which is not fetched; put the files into this repository"
        case .file, .directory: "not a file"
        }
    }

    private mutating func complain(_ name: String, _ message: String) {
        if problems.count < SpecContext.diagnosticLimit { problems.append(Self.problem(name, message)) }
    }

    private static func problem(_ name: String, _ message: String) -> SpecDiagnostic {
        SpecDiagnostic(location: SourceLocation(file: name, line: 0, column: 0), message: message)
    }
}
