internal import Foundation
internal import Reconciler

/// The instances of a ``SimulatedCloud``, as they are kept in a file so that they outlive the manager as real ones do.
struct SimulatedSnapshot: Codable, Equatable, Sendable {
    var nextAddress: Int
    var instances: [SimulatedMachine.Record]

    /// Nil when there is no such file.
    static func read(_ path: String) throws(SystemError) -> SimulatedSnapshot? {
        guard let data = try Files.read(path) else { return nil }
        guard let snapshot = try? JSONDecoder().decode(Self.self, from: data) else {
            throw SystemError.malformed(path)
        }
        return snapshot
    }

    /// All of it or the old content.
    func write(to path: String) throws(SystemError) {
        try Files.makeDirectory(PathParts.directory(of: path))
        guard let data = try? JSONEncoder().encode(self) else {
            preconditionFailure("a snapshot of strings and times can always be written")
        }
        try Files.replace(path, with: data)
    }
}
