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
