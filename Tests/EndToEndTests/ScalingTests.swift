import Foundation
import Providers
import Testing

/// The counts of a running daemon follow its clients, and a person's word, over the death of the manager.
@Suite("Scaling", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct ScalingTests {
    private let spec = """
        apiVersion: smreconcile/v1
        kind: Manager
        metadata: {name: manager}
        spec: {interval: 300ms}
        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 200ms, seed: 7, load: {connectAfter: 100ms}}}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [{name: here}]
          roles:
            origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], min: 1, max: 1}
            edge:
              parent: origin
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              capacity: {connections.subscriber: 10}
              min: 1
              max: 8
              scaling:
                rules: [{metric: connections.subscriber, target: 50%}]
                scaleIn: {stabilization: 600s}

        """

    @Test("edges follow their viewers, and nothing is forgotten when the manager is killed")
    func followsViewers() async throws {
        try await Workspace.with { workspace in
            let file = try workspace.write(spec, to: "cluster.yaml")
            let manager = try await Manager(workspace, spec: file)
            try await manager.serves(1, "edge")
            _ = try await eventually("a place to publish") { try await manager.route("publish", "live/a") }
            // 12 viewers at 5 a node are 3 nodes; those who find no room ask again.
            var viewers = 0
            try await eventually("12 viewers", pace: .milliseconds(50)) {
                if try await manager.route("subscribe", "live/a") != nil { viewers += 1 }
                return viewers == 12
            }
            try await eventually("three edges or more") {
                try await manager.serving("edge").count >= 3
            }
            let report = try await manager.send("GET", "/as/v1/nodegroups/live/scaling?role=edge")
            #expect(String(decoding: report.body, as: UTF8.self).contains("connections.subscriber is"))

            let grown = try await manager.serving("edge").count
            let body = Data(#"{"role": "edge", "region": "here", "nodes": \#(grown + 1), "for": "1h"}"#.utf8)
            #expect(try await manager.send("POST", "/as/v1/nodegroups/live/scale", body: body).isSuccess)
            try await manager.serves(grown + 1, "edge")
            try await manager.crash()

            let second = try await Manager(workspace, spec: file, follows: manager)
            try await second.serves(grown + 1, "edge")
            // The simulated viewers are gone with the manager; the window of 10 minutes and the hour by hand are not.
            #expect(
                try await holds(for: .seconds(2)) { try await second.serving("edge").count == grown + 1 })
            #expect(try await second.send("DELETE", "/as/v1/nodegroups/live/scale?role=edge").isSuccess)
            #expect(try await holds(for: .seconds(1)) { try await second.serving("edge").count >= 3 })
            #expect(try await second.send("POST", "/as/v1/nodegroups/live/pause").isSuccess)
            let group = try await second.send("GET", "/as/v1/nodegroups/live")
            #expect(String(decoding: group.body, as: UTF8.self).contains(#""paused":{"since""#))
            #expect(try await second.send("POST", "/as/v1/nodegroups/live/resume").isSuccess)
        }
    }
}
