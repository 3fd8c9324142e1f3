import Foundation

/// Loads the files of a spec: the part of reading a spec that touches the file system.
package enum SpecFiles {
    /// The path that stands for standard input.
    package static let standardInput = "-"
    /// Bytes of one file.
    package static let byteLimit = YAMLLimits.fileBytes

    /// Reads every file of the given paths: a file as it is, a directory's `*.yaml` and `*.yml` by name (not those of
    /// its own directories, and none that is hidden), `-` for standard input. What cannot be read is a diagnostic.
    package static func load(_ paths: [String]) -> (sources: [SpecSource], diagnostics: [SpecDiagnostic]) {
        var sources: [SpecSource] = []
        var diagnostics: [SpecDiagnostic] = []
        var readsInput = false
        for path in paths {
            if path == standardInput {
                if !readsInput { append(input(), to: &sources, &diagnostics) }
                readsInput = true
                continue
            }
            switch expand(path) {
            case .failure(let problem): diagnostics.append(problem)
            case .success(let files):
                for file in files { append(source(file), to: &sources, &diagnostics) }
            }
        }
        return (sources, diagnostics)
    }

    /// Loads and reads a spec; the errors of both together.
    package static func read(_ paths: [String]) -> SpecReading {
        let (sources, problems) = load(paths)
        let reading = SpecReader.read(sources)
        return SpecReading(
            spec: problems.isEmpty ? reading.spec : nil, diagnostics: problems + reading.diagnostics)
    }

    private static func append(
        _ result: Result<SpecSource, SpecDiagnostic>, to sources: inout [SpecSource],
        _ diagnostics: inout [SpecDiagnostic]
    ) {
        switch result {
        case .success(let source): sources.append(source)
        case .failure(let problem): diagnostics.append(problem)
        }
    }

    /// The files that a path stands for.
    private static func expand(_ path: String) -> Result<[String], SpecDiagnostic> {
        guard let type = fileType(path) else { return .failure(problem(path, "no such file or directory")) }
        guard type == .typeDirectory else { return .success([path]) }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            return .failure(problem(path, "cannot list the directory: \(reason(error))"))
        }
        let base = path.hasSuffix("/") ? path : path + "/"
        let files = names.filter { name in
            guard !name.hasPrefix("."), name.hasSuffix(".yaml") || name.hasSuffix(".yml") else { return false }
            return fileType(base + name) != .typeDirectory
        }
        if files.isEmpty { return .failure(problem(path, "no *.yaml or *.yml file in this directory")) }
        return .success(files.sorted().map { base + $0 })
    }

    private static func source(_ path: String) -> Result<SpecSource, SpecDiagnostic> {
        // A pipe would make us wait, a device has no end. A broken link has no type, and fails below.
        if let type = fileType(path), type != .typeRegular { return .failure(problem(path, "not a regular file")) }
        do {
            guard let handle = FileHandle(forReadingAtPath: path) else {
                return .failure(problem(path, "cannot read: permission denied"))
            }
            defer { try? handle.close() }
            return try content(of: handle, named: path)
        } catch {
            return .failure(problem(path, "cannot read: \(reason(error))"))
        }
    }

    /// What a path leads to, links followed; nil when it leads nowhere.
    private static func fileType(_ path: String) -> FileAttributeType? {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
    }

    private static func input() -> Result<SpecSource, SpecDiagnostic> {
        do {
            return try content(of: .standardInput, named: "<stdin>")
        } catch {
            return .failure(problem("<stdin>", "cannot read: \(reason(error))"))
        }
    }

    /// All of a file, and no more than a byte over the limit of its size.
    private static func content(of handle: FileHandle, named name: String) throws -> Result<SpecSource, SpecDiagnostic>
    {
        var bytes: [UInt8] = []
        while bytes.count <= YAMLLimits.fileBytes {
            guard let part = try handle.read(upToCount: YAMLLimits.fileBytes + 1 - bytes.count), !part.isEmpty else {
                return .success(SpecSource(name: name, bytes: bytes))
            }
            bytes.append(contentsOf: part)
        }
        return .failure(problem(name, "larger than \(YAMLLimits.fileBytes) bytes, the limit of one spec file"))
    }

    private static func problem(_ path: String, _ message: String) -> SpecDiagnostic {
        SpecDiagnostic(location: SourceLocation(file: path, line: 0, column: 0), message: message)
    }

    /// The system's own words for an error, without Foundation's around them.
    private static func reason(_ error: any Error) -> String {
        if let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error {
            return reason(underlying)
        }
        let error = error as NSError
        if error.domain == NSPOSIXErrorDomain, let code = POSIXErrorCode(rawValue: Int32(error.code)) {
            return POSIXError(code).localizedDescription
        }
        return error.localizedDescription
    }
}
