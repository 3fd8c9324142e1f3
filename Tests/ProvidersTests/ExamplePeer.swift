import Foundation
import Testing

/// A real server that runs beside a test.
struct ExamplePeer {
    /// Which one, as `Fixtures/peer.py` calls it.
    enum Kind: String, Sendable {
        /// EC2's API.
        case moto
        /// Docker's API.
        case podman
        /// libvirt's test driver.
        case libvirt
    }

    static let fixtures = ShellScripts.repository + "/Tests/ProvidersTests/Fixtures"

    /// Starts it, runs `body` with the environment for its clients, and ends it with all that is in it, also when `body` failed.
    static func with(_ kind: Kind, _ body: ([String: String]) async throws -> Void) async throws {
        let name = "smreconcile-peer-\(UInt64.random(in: 0..<(.max)))"
        let directory = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path + "/" + name
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["\(fixtures)/peer.py", kind.rawValue, directory]
        process.standardInput = input
        try process.run()
        let ready = URL(fileURLWithPath: "\(directory)/ready")
        let result: Result<Void, any Error>
        do {
            // The first one may have to install it.
            let isUp = await eventually(within: .seconds(300)) {
                !process.isRunning || FileManager.default.fileExists(atPath: ready.path)
            }
            try #require(isUp && process.isRunning, "\(kind) did not start")
            let variables = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: ready))
            result = .success(try await body(variables))
        } catch {
            result = .failure(error)
        }
        // The end of its input ends it; a child that was started meanwhile may hold that open.
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.terminate() }
        _ = await eventually(within: .seconds(60)) { !process.isRunning }
        try? FileManager.default.removeItem(atPath: directory)
        try result.get()
    }
}
