import Foundation
import Glibc
import Reconciler

@testable import Providers

/// The providers that the contract tests run over.
enum ProviderKind: String, CaseIterable, Sendable {
    case simulated, process, guarded, shell, staticPool, documented, ec2, ec2ByTags, terraform, terraformStandIn

    /// All that this machine can run: a real Terraform can be had from neither Debian nor PyPI. Without one its stand-in is in its place.
    static let allCases: [ProviderKind] =
        [.simulated, .process, .guarded, .shell, .staticPool, .documented, .ec2, .ec2ByTags, .terraformStandIn]
        + (TerraformLab.hasTerraform ? [.terraform] : [])

    /// Makes a fresh provider, runs `body`, and clears up after it, also when it failed.
    func withProvider(_ body: (any Provider) async throws -> Void) async throws {
        switch self {
        case .simulated:
            try await body(SimulatedProvider(spec: SimulatedSpec(), time: RealTime()))
        case .guarded:
            var limits = CallLimits()
            limits.rate = CallRate(perSecond: 10_000, burst: 1)
            let inner = SimulatedProvider(spec: SimulatedSpec(), time: RealTime())
            try await body(GuardedProvider(inner, name: "lab", limits: limits, time: RealTime()))
        case .shell: try await ShellScripts.with { scripts in try await body(scripts.overFiles()) }
        case .documented: try await ShellScripts.with { scripts in try await body(scripts.asDocumented()) }
        case .staticPool: try await ShellScripts.with { scripts in try await body(scripts.overPool()) }
        case .ec2: try await body(MotoContractProvider(inner: MotoRegion.ofContract().provider()))
        case .ec2ByTags:
            let region = try await MotoRegion.ofContract()
            try await body(MotoContractProvider(inner: region.provider { $0.lookup = .tags }))
        case .terraform: try await TerraformLab.real { lab in try await body(lab.provider()) }
        case .terraformStandIn: try await TerraformLab.standIn { lab in try await body(lab.provider()) }
        case .process:
            try await withLocalNodes { nodes in try await body(nodes.provider()) }
        }
    }
}

/// A scratch directory for local nodes; what was started in it ends with the test.
struct LocalNodes {
    let root: String

    /// A provider over the directory; each call makes a new one, as a manager started anew does.
    func provider(
        _ command: [String] = ["/bin/sleep", "1000"], stopTimeout: Duration = .seconds(10),
        _ adjust: (inout ProcessSpec) -> Void = { _ in }
    ) -> ProcessProvider {
        var spec = ProcessSpec(roles: ["edge": .init(arguments: command)])
        spec.stopTimeout = stopTimeout
        adjust(&spec)
        return ProcessProvider(name: "local", spec: spec, root: root, time: RealTime())
    }

    var records: InstanceRecords { InstanceRecords(root: root, provider: "local") }

    func pid(_ node: String) throws -> Int32? { try records.load(NodeID(node))?.process?.pid }

    /// What a node printed.
    func log(_ node: String) -> String {
        (try? String(contentsOfFile: records.log(of: NodeID(node)), encoding: .utf8)) ?? ""
    }
}

/// Runs `body` over a fresh directory, then kills whatever it left and removes the directory.
func withLocalNodes(_ body: (LocalNodes) async throws -> Void) async throws {
    let world = "\(UInt64.random(in: 0..<(.max)))"
    let nodes = LocalNodes(root: NSTemporaryDirectory() + "smreconcile-test-\(world)")
    defer {
        let sessions = ProcessSessions()
        for name in (try? Files.names(in: nodes.records.directory)) ?? [] {
            // One that a test made unreadable has no process.
            guard let record = try? nodes.records.load(NodeID(name)) else { continue }
            guard let process = record.process ?? sessions.find(token: record.token) else { continue }
            for member in sessions.members(process, token: record.token) { kill(member.pid, SIGKILL) }
            ChildProcess.reap(process.pid)
        }
        try? FileManager.default.removeItem(atPath: nodes.root)
    }
    try await TestWorld.$name.withValue(world) { try await body(nodes) }
}
