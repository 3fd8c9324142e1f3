import Foundation
import Testing

@testable import Reconciler

@Suite struct StateDocumentTests {
    /// The core of the document, as the design has it (section 5).
    static let design = """
        {"apiVersion": "smreconcile/v1", "kind": "State", "takenAt": "2026-11-22T12:00:00Z",
         "nodes": [
           {"id": "live-edge-1", "nodeGroup": "live", "region": "us-east", "role": "edge", "state": "inService",
            "revision": "current", "address": "203.0.113.55", "createdAt": "2026-11-22T10:00:00Z",
            "inServiceAt": "2026-11-22T10:01:30Z", "lastHeartbeatAt": "2026-11-22T11:59:59Z",
            "metrics": {"connections.subscriber": 120, "cpu.system.load": 0.4}, "cordoned": false, "protectedUntil": null,
            "streams": [{"scope": "live", "name": "a", "role": "edge", "subscribers": 120}]}],
         "scaling": [
           {"nodeGroup": "live", "region": "us-east", "role": "edge",
            "recommendations": [{"at": "2026-11-22T11:58:00Z", "nodes": 5}],
            "events": [{"at": "2026-11-22T11:59:00Z", "change": 2}]}]}
        """

    private func read(_ text: String) throws -> StateDocument { try StateDocument.read(Data(text.utf8)) }

    @Test func `the design's document is accepted as it stands, and plans`() throws {
        let document = try read(Self.design)
        let reading = SpecReader.read([SpecSource(name: "design.yaml", bytes: try SpecFixtures.bytes("design.yaml"))])
        let spec = try #require(reading.spec)
        let now = try #require(document.takenAt)
        let fleet = document.fleet(for: spec, now: now)
        let node = try #require(fleet.nodes["live-edge-1"])
        #expect(node.revision == spec.revision(of: node.pool) && node.clients == 120 && node.provider == "lab")
        let history = try #require(fleet.scaling[node.pool])
        #expect(history.recommendations.map(\.nodes) == [5] && history.events.map(\.change) == [2])
        let plan = Preview.plan(spec: spec, fleet: fleet, now: now)
        #expect(plan.actions.allSatisfy { $0.kind == .create } && !plan.actions.isEmpty)
        #expect(Preview.plan(spec: spec, fleet: fleet, now: now) == plan)
    }

    @Test func `only five fields of a node are needed`() throws {
        let document = try read(
            """
            {"apiVersion": "smreconcile/v1", "kind": "State",
             "nodes": [{"id": "a", "nodeGroup": "live", "region": "us", "role": "edge", "state": "inService"}]}
            """)
        let spec = Sample.spec(Sample.edge(min: 1), Sample.origin(min: 0))
        let fleet = document.fleet(for: spec, now: noon)
        // Without a heartbeat it counts as heard just now.
        #expect(fleet.nodes["a"]?.lastHeartbeatAt == noon)
        #expect(Preview.plan(spec: spec, fleet: fleet, now: noon).words == [])
    }

    struct Wrong: CustomTestStringConvertible, Sendable {
        var name: String
        var change: (String, String)
        var want: String
        var testDescription: String { name }
    }

    static let wrong = [
        Wrong(
            name: "kind", change: ("\"State\"", "\"Spec\""), want: "found apiVersion 'smreconcile/v1' and kind 'Spec'"),
        Wrong(name: "version", change: ("smreconcile/v1", "v2"), want: "found apiVersion 'v2'"),
        Wrong(
            name: "no version", change: ("\"apiVersion\": \"smreconcile/v1\", ", ""), want: "'apiVersion' is missing"),
        Wrong(
            name: "unknown field", change: ("\"takenAt\"", "\"taken\""),
            want: "unknown field 'taken'; did you mean 'takenAt'?"),
        Wrong(
            name: "unknown field of a node", change: ("\"cordoned\"", "\"cordon\""),
            want: "nodes[0]: unknown field 'cordon'; did you mean 'cordoned'?"),
        Wrong(
            name: "unknown field of a stream", change: ("\"subscribers\": 120", "\"subscribers\": 120, \"x\": 1"),
            want: "nodes[0].streams[0]: unknown field 'x'; known are scope, name, role, subscribers"),
        Wrong(
            name: "unknown field of a recommendation", change: ("\"nodes\": 5", "\"nodes\": 5, \"x\": 1"),
            want: "scaling[0].recommendations[0]: unknown field 'x'; known are at, nodes"),
        Wrong(
            name: "unknown field of a change", change: ("\"change\": 2", "\"change\": 2, \"x\": 1"),
            want: "scaling[0].events[0]: unknown field 'x'; known are at, change"),
        Wrong(
            name: "unknown field of an override", change: ("\"events\"", "\"override\": {\"x\": 1}, \"events\""),
            want: "scaling[0].override: unknown field 'x'; known are nodes, until, by"),
        Wrong(
            name: "unknown state", change: ("\"inService\"", "\"inservic\""),
            want: "nodes[0].state: 'inservic' is no state; expected one of requested, creating, created, started, "
                + "inService, draining, evicting, terminating, terminated, fault; did you mean 'inService'?"),
        Wrong(
            name: "type of a state", change: ("\"inService\"", "5"),
            want: "nodes[0].state: found 5, expected one of requested,"),
        Wrong(name: "missing id", change: ("\"id\": \"live-edge-1\", ", ""), want: "nodes[0]: 'id' is missing"),
        Wrong(
            name: "type of a metric", change: ("0.4", "\"high\""),
            want: "nodes[0].metrics['cpu.system.load']: found the text 'high', expected a number"),
        Wrong(
            name: "type of an address", change: ("\"203.0.113.55\"", "[1]"),
            want: "nodes[0].address: found a list, expected a text"),
        Wrong(
            name: "time", change: ("2026-11-22T11:59:59Z", "yesterday"),
            want: "nodes[0].lastHeartbeatAt: 'yesterday' is no time such as '2026-11-22T12:00:00Z'"),
        Wrong(
            name: "role of a stream",
            change: ("\"role\": \"edge\", \"subscribers\"", "\"role\": \"sorce\", \"subscribers\""),
            want: "nodes[0].streams[0].role: 'sorce' is no role of a stream; expected one of source, edge, relay; "
                + "did you mean 'source'?"),
        Wrong(
            name: "a count that is no number", change: ("\"nodes\": 5", "\"nodes\": \"five\""),
            want: "scaling[0].recommendations[0].nodes: found the text 'five', expected a whole number from 0 to"),
        Wrong(
            name: "a count that is not whole", change: ("\"nodes\": 5", "\"nodes\": 5.0001"),
            want: "scaling[0].recommendations[0].nodes: found 5.0001, expected a whole number from 0 to"),
        Wrong(
            name: "a negative count", change: ("\"nodes\": 5", "\"nodes\": -5"),
            want: "scaling[0].recommendations[0].nodes: found -5, expected a whole number from 0 to"),
        Wrong(
            name: "a count without bound", change: ("\"nodes\": 5", "\"nodes\": 9223372036854775807"),
            want: "scaling[0].recommendations[0].nodes: found 9"),
        Wrong(
            name: "a list that is none", change: ("[{\"at\": \"2026-11-22T11:59:00Z\", \"change\": 2}]", "{}"),
            want: "scaling[0].events: found an object, expected a list"),
        Wrong(name: "no JSON", change: ("{", "["), want: "it is no JSON"),
    ]

    @Test(arguments: wrong) func `what is wrong is named with its place`(_ wrong: Wrong) throws {
        let range = try #require(Self.design.range(of: wrong.change.0))
        let text = Self.design.replacingCharacters(in: range, with: wrong.change.1)
        let error = #expect(throws: StateDocumentError.self) { try read(text) }
        #expect(error?.message.hasPrefix(wrong.want) == true, "\(error?.message ?? "")")
    }

    @Test func `a node that is there twice is an error`() {
        let node = #"{"id": "a", "nodeGroup": "live", "region": "us", "role": "edge", "state": "inService"}"#
        let error = #expect(throws: StateDocumentError.self) {
            try read(#"{"apiVersion": "smreconcile/v1", "kind": "State", "nodes": [\#(node), \#(node)]}"#)
        }
        #expect(error?.message == "nodes[1]: there is a node 'a' already")
    }

    @Test func `records of one pool, pauses of one group and records of one scope given twice are errors`() {
        func message(_ field: String, _ record: String) -> String? {
            let text = #"{"apiVersion": "smreconcile/v1", "kind": "State", "\#(field)": [\#(record), \#(record)]}"#
            return #expect(throws: StateDocumentError.self) { try read(text) }?.message
        }
        #expect(
            message("scaling", #"{"nodeGroup": "live", "region": "us", "role": "edge"}"#)
                == "scaling[1]: there is a record of live/us/edge already")
        #expect(
            message("pauses", #"{"nodeGroup": "live", "since": "2026-11-22T12:00:00Z", "by": "ann"}"#)
                == "pauses[1]: there is a pause of 'live' already")
        #expect(
            message("unknownScopes", #"{"provider": "lab", "region": "us", "reason": "x"}"#)
                == "unknownScopes[1]: there is a record of lab/us already")
    }

    @Test func `of a scaling record the pool is enough, and lists come into the order of time`() throws {
        let document = try read(
            """
            {"apiVersion": "smreconcile/v1", "kind": "State", "scaling": [
              {"nodeGroup": "live", "region": "us", "role": "origin"},
              {"nodeGroup": "live", "region": "us", "role": "edge",
               "recommendations": [{"at": "2026-11-22T12:00:01Z", "nodes": 2}, {"at": "2026-11-22T12:00:00Z", "nodes": 1}],
               "events": [{"at": "2026-11-22T12:00:01Z", "change": 2}, {"at": "2026-11-22T12:00:00Z", "change": 1}],
               "averages": [{"of": "b", "at": "2026-11-22T12:00:01Z", "sum": 2, "count": 1},
                            {"of": "a", "at": "2026-11-22T12:00:00Z", "sum": 1, "count": 1}]}]}
            """)
        let fleet = document.fleet(for: Spec(), now: noon)
        #expect(fleet.scaling.keys.sorted() == [Sample.edges])
        let history = try #require(fleet.scaling[Sample.edges])
        #expect(history.recommendations.map(\.nodes) == [1, 2] && history.events.map(\.change) == [1, 2])
        #expect(history.averages.map(\.of) == ["a", "b"])
    }

    @Test func `metrics beyond any count plan as well`() throws {
        let text = Self.design.replacingOccurrences(of: ": 120,", with: ": 1e300,")
        let spec = Sample.spec(Sample.edge(min: 0), regions: ["us-east"])
        let fleet = try read(text).fleet(for: spec, now: noon)
        #expect(Planner.plan(spec: spec, fleet: fleet, now: noon).count(.drain) == 1)
    }

    @Test func `a fleet comes back as it was, and equal fleets are equal bytes`() throws {
        let spec = Sample.spec(Sample.edge(), Sample.origin())
        let nodes = NodeState.allCases.map { state in
            Sample.node("n-\(state)", state) {
                $0.cordoned = state == .inService
                $0.protectedUntil = noon + .seconds(9)
                $0.endpoints = [Endpoint(protocol: "rtmp", port: 7)]
                $0.streams = [StreamReport(scope: "live", name: "ä\"", role: .source, subscribers: 3)]
                $0.metrics = [Metric.subscribers: 3]
                $0.attempts = 2
                $0.retryAt = noon + .milliseconds(1)
                $0.lastError = "no route"
                $0.lastHeartbeatAt = noon
            }
        }
        let fleet = Sample.fleet(nodes) {
            $0.approvals = ["abc"]
            $0.setScaling(
                ScalingHistory(
                    recommendations: [.init(at: noon, nodes: 3)], events: [.init(at: noon, change: -1)], desired: 4,
                    bounds: .init(min: 2, max: 9), override: .init(nodes: 5, until: noon + .seconds(7200), by: "ann"),
                    boots: [61_250, 70_000], averages: [.init(of: "x target 60%", at: noon, sum: 0.5, count: 2)]),
                of: Sample.edges)
            $0.unserved[Sample.origins] = 7
            $0.setPause(ScalingPause(since: noon, by: "bob"), of: "live")
            $0.scopes[ProviderScope(provider: "lab", region: "eu")] = ScopeKnowledge(
                trouble: .init(since: noon, message: "no route"))
        }
        let bytes = try StateDocument(fleet, at: noon).json()
        let back = try StateDocument.read(bytes)
        #expect(try back.json() == bytes)
        let again = back.fleet(for: spec, now: noon)
        for (id, node) in fleet.nodes {
            var expected = node
            // The token is a secret of the store and not in the document.
            expected.token = id.rawValue
            expected.instanceID = node.instanceID
            #expect(again.nodes[id] == expected)
        }
        #expect(again.scaling == fleet.scaling && again.approvals == fleet.approvals)
        #expect(again.pauses == fleet.pauses && again.unserved == fleet.unserved)
        #expect(again.scopes.filter { !$0.value.isKnown }.map(\.key.region) == ["eu"])
        #expect(
            Planner.plan(spec: spec, fleet: again, now: noon) == Planner.plan(spec: spec, fleet: fleet, now: noon))
    }
}
