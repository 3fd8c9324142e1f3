import Foundation
import Testing

/// The manager is killed and its network fails while it makes instances of a cloud: none is lost, none is doubled, nobody else's is
/// touched (safety rules 1 to 3). More creates than in every run: `CREATES=200 swift test --filter CloudTests`.
@Suite("A cloud behind a bad network", .sharesMachine, .serialized, .timeLimit(.minutes(10)))
struct CloudTests {
    private static let count = ProcessInfo.processInfo.environment["CREATES"].flatMap { Int($0) } ?? 24
    private static let owner = "e2e"

    private static func spec(_ cloud: StormyCloud, edges: Int) -> String {
        cloud.manager(owner: owner, timeout: "10s") + """
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: cloud
              image: ami-03cf127a
              regions: [{name: us-east-1}, {name: eu-west-1}]
              roles:
                edge:
                  capabilities: [subscribe]
                  endpoints: [{protocol: rtmp, port: 1935}]
                  instanceType: c6i.large
                  min: \(edges / 2)
                  max: \(edges)

            """
    }

    /// Waits until exactly the wanted instances are there and the manager knows each, and nothing changes any more.
    private static func settles(_ manager: Manager, _ cloud: StormyCloud, _ count: Int) async throws {
        let nodes = try await eventually("\(count) nodes created", within: .seconds(120), pace: .milliseconds(500)) {
            let nodes = try await manager.get("/as/v1/nodes", as: [NodeAnswer].self)
            // After failures a pool tries one node, and goes on when that serves. No machine here ever reports: a person says go on.
            if nodes.count < count {
                _ = try await manager.send(
                    "POST", "/as/v1/nodegroups/live/retry", body: Data(#"{"role": "edge"}"#.utf8))
            }
            return nodes.count == count && nodes.allSatisfy { $0.state == "created" } ? nodes : nil
        }
        func ours() async throws -> [StormyCloud.Machine] {
            try await cloud.machines().filter {
                $0.tags["smreconcile:owner"] == owner && $0.tags["smreconcile:node"] != nil
            }
        }
        let machines = try await eventually("\(count) instances", within: .seconds(60), pace: .milliseconds(500)) {
            let machines = try await ours()
            return machines.count == count ? machines : nil
        }
        #expect(Set(machines.compactMap { $0.tags["smreconcile:node"] }) == Set(nodes.map(\.id)))
        #expect(Set(machines.compactMap { $0.tags["smreconcile:token"] }).count == count)
        #expect(try await holds(for: .seconds(3)) { try await ours() == machines })
    }

    @Test("a manager that is killed again and again while it makes instances loses none and doubles none")
    func killed() async throws {
        try await Workspace.with { workspace in
            let cloud = try await StormyCloud(workspace, seed: 20)
            let file = try workspace.write(Self.spec(cloud, edges: Self.count), to: "farm.yaml")
            var manager = try await Manager(workspace, spec: file, environment: cloud.credentials)
            for share in [1, 3, 5, 8] {
                try await eventually(
                    "\(share) tenths of the instances", within: .seconds(120), pace: .milliseconds(5)
                ) {
                    try await cloud.machines().count >= Self.count * share / 10
                }
                try await manager.crash()
                manager = try await Manager(
                    workspace, spec: file, follows: manager, environment: cloud.credentials)
            }
            try await Self.settles(manager, cloud, Self.count)
        }
    }

    @Test("a network that loses, delays, cuts and doubles, and a manager that is killed in it, end in the wanted fleet")
    func storm() async throws {
        try await Workspace.with { workspace in
            let cloud = try await StormyCloud(workspace, seed: 7)
            try await cloud.addForeign(owner: Self.owner)
            let foreign = try await cloud.machines()
            #expect(foreign.count == 3)
            try await cloud.storm()
            let file = try workspace.write(Self.spec(cloud, edges: 12), to: "farm.yaml")
            var manager = try await Manager(workspace, spec: file, environment: cloud.credentials)
            for edges in [20, 8, 16] {
                let before = try await cloud.spoiled()
                try await eventually("some trouble", within: .seconds(60), pace: .milliseconds(100)) {
                    try await cloud.spoiled() >= before + 25
                }
                try await manager.crash()
                try workspace.write(Self.spec(cloud, edges: edges), to: "farm.yaml")
                manager = try await Manager(
                    workspace, spec: file, follows: manager, environment: cloud.credentials)
            }
            let before = try await cloud.spoiled()
            try await eventually("more trouble", within: .seconds(60), pace: .milliseconds(100)) {
                try await cloud.spoiled() >= before + 25
            }
            try await cloud.calm()
            try await Self.settles(manager, cloud, 16)
            let left = try await cloud.machines().filter { foreign.contains($0) }
            #expect(left == foreign, "nobody else's instance was touched")
        }
    }
}
