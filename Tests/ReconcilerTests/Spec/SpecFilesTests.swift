import Foundation
import Testing

@testable import Reconciler

@Suite struct SpecFilesTests {
    /// A directory that is removed when the body is done.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("spec-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func `a directory is read by name, without hidden, other and nested files`() throws {
        try withDirectory { directory in
            for name in ["b.yml", "a.yaml", ".hidden.yaml", "c.txt"] {
                try write("# \(name)\n", "\(directory)/\(name)")
            }
            try FileManager.default.createDirectory(atPath: "\(directory)/d.yaml", withIntermediateDirectories: false)
            let loaded = SpecFiles.load([directory])
            #expect(loaded.diagnostics == [])
            #expect(loaded.sources.map(\.name) == ["\(directory)/a.yaml", "\(directory)/b.yml"])
            #expect(loaded.sources.first?.bytes == Array("# a.yaml\n".utf8))
        }
    }

    @Test func `what cannot be loaded is said, and the rest is read`() throws {
        try withDirectory { directory in
            try write("a: 1\n", "\(directory)/bad.yaml")
            try FileManager.default.createDirectory(atPath: "\(directory)/empty", withIntermediateDirectories: false)
            let reading = SpecFiles.read([
                "\(directory)/none.yaml", "\(directory)/empty", "/dev/null", "\(directory)/bad.yaml",
            ])
            #expect(reading.spec == nil)
            let said = reading.diagnostics.map(\.description)
            #expect(said.contains("\(directory)/none.yaml: no such file or directory"))
            #expect(said.contains("\(directory)/empty: no *.yaml or *.yml file in this directory"))
            #expect(said.contains("/dev/null: not a regular file"))
            #expect(said.contains { $0.hasPrefix("\(directory)/bad.yaml:1:1: unknown key 'a'") })
        }
    }

    @Test func `a file over the limit is refused without reading all of it`() throws {
        try withDirectory { directory in
            let path = "\(directory)/large.yaml"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: UInt64(YAMLLimits.fileBytes) + 1)
            try handle.close()
            #expect(
                SpecFiles.load([path]).diagnostics.map(\.description) == [
                    "\(path): larger than 16777216 bytes, the limit of one spec file"
                ])
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may read everything"))
    func `an unreadable file is said to be so`() throws {
        try withDirectory { directory in
            let path = "\(directory)/secret.yaml"
            #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0]))
            #expect(SpecFiles.load([path]).diagnostics.map(\.message) == ["cannot read: permission denied"])
        }
    }

    @Test func `a link to nothing is no file`() throws {
        try withDirectory { directory in
            try FileManager.default.createSymbolicLink(atPath: "\(directory)/a.yaml", withDestinationPath: "nowhere")
            #expect(SpecFiles.load([directory]).diagnostics.count == 1)
        }
    }
}
