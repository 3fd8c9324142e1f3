import Foundation
@testable import Reconciler

/// The files of `Fixtures/spec`.
enum SpecFixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/spec")

    static func bytes(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func text(_ name: String) throws -> String {
        try String(decoding: bytes(name), as: UTF8.self)
    }

    /// A reading of one text under the name `spec.yaml`.
    static func read(_ text: String) -> SpecReading {
        SpecReader.read([SpecSource(name: "spec.yaml", text: text)])
    }
}

extension YAMLFile {
    /// All documents of a file, and what is wrong with it as YAML.
    static func parsed(_ bytes: [UInt8]) -> (documents: [YAMLNode], problems: [YAMLProblem]) {
        let parts = read(bytes) { $0 }
        return (parts.flatMap(\.documents), parts.compactMap(\.problem))
    }
}
