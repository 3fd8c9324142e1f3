internal import Foundation

extension HTTPResponse {
    /// A value of the core as JSON with sorted keys; `what` it is, should it not be writable.
    static func encoded(_ value: some Encodable, _ what: String) throws(Problem) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return .json([UInt8](try encoder.encode(value)))
        } catch {
            throw Problem(500, "\(what) cannot be written: \(error)")
        }
    }
}
