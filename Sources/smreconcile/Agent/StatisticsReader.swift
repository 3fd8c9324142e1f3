internal import Foundation
internal import Providers
internal import Reconciler

/// Fetches and parses the statistics of a media server, within a second or so.
struct StatisticsReader: Sendable {
    /// A media server that takes longer to say how it is does not serve either.
    static let timeout: Duration = .seconds(2)
    /// A command may take longer: it may have to start an interpreter.
    static let commandTimeout: Duration = .seconds(10)

    let source: StatisticsSource
    let client: HTTPClient

    /// One reading, or why there is none.
    func read() async -> Result<MediaStatistics, StatisticsFailure> {
        do throws(StatisticsFailure) {
            switch source {
            case .nginxRTMP(let url): return .success(try MediaStatistics(nginxRTMP: try await fetch(url)))
            case .json(let url): return .success(try MediaStatistics(json: try await fetch(url)))
            case .command(let line): return .success(try MediaStatistics(json: try await run(line)))
            }
        } catch {
            return .failure(error)
        }
    }

    private func fetch(_ url: String) async throws(StatisticsFailure) -> Data {
        let request = HTTPRequest("GET", url, timeout: Self.timeout)
        do throws(HTTPFailure) {
            let response = try await client.send(request)
            if response.isSuccess { return response.body }
            throw HTTPFailure.other("\(request.place) answered \(response.status)")
        } catch {
            throw StatisticsFailure(description: "\(error)")
        }
    }

    /// Runs a shell command; its standard output is collected in a file, its errors are ours.
    private func run(_ line: String) async throws(StatisticsFailure) -> Data {
        let path = NSTemporaryDirectory() + "smreconcile-statistics-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let child = ChildProcess(
            program: "/bin/sh", arguments: ["-c", "umask 077; exec >\"$0\"; \(line)", path],
            environment: ProcessInfo.processInfo.environment, isDetached: false)
        let process: RunningChild
        do throws(ChildProcess.Failure) {
            process = try RunningChild.start(child)
        } catch {
            throw StatisticsFailure(description: error.message)
        }
        let deadline = ContinuousClock.now + Self.commandTimeout
        while process.status == nil {
            if ContinuousClock.now > deadline || Task.isCancelled {
                process.signalGroup(.kill)
                throw StatisticsFailure(
                    description: "the statistics command did not end within \(Self.commandTimeout.specText)")
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
        guard let status = process.status, status.isSuccess else {
            throw StatisticsFailure(
                description: "the statistics command ended with \(process.status?.description ?? "")")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StatisticsFailure(description: "the statistics command wrote nothing")
        }
        return data
    }
}
