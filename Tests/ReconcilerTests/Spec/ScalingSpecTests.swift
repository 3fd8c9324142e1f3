import Testing

@testable import Reconciler

@Suite struct ScalingSpecTests {
    private func reading(_ role: String, annotations: String = "{}", manager: String = "{}") -> SpecReading {
        SpecFixtures.read(
            """
            apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: lab}
            spec: {type: simulated}
            ---
            apiVersion: smreconcile/v1
            kind: Manager
            spec: \(manager)
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live, annotations: \(annotations)}
            spec:
              provider: lab
              regions: [{name: a}]
              roles: {relay: {capabilities: [relay], max: 6, \(role)}}
            """)
    }

    @Test func `ranking and limit of one node are expressions over its metrics`() throws {
        let reading = reading(
            "capacityRanking: connections.client / 2, capacityLimit: {expression: cpu.system.load, below: 0.9}")
        let role = try #require(reading.spec?.groups.first?.roles.first)
        #expect(role.capacityRanking == (try Expression(text: "connections.client / 2", form: .capacity)))
        #expect(role.capacityLimit?.expression.text == "cpu.system.load")
        #expect(role.capacityLimit?.below == 0.9)
        #expect(role.capacity == [:])
        #expect(reading.diagnostics == [])
    }

    @Test func `the same words may be an expression over a pool and, elsewhere, none over one node`() {
        let reading = reading(
            "capacityRanking: avg(a) > 1, scaling: {rules: [{scaleOut: avg(a) > 1}, {scaleOut: avg(a) > 1, step: 2}]}")
        #expect(reading.errors.map(\.message) == ["an aggregate cannot stand here: the expression is about one node"])
    }

    @Test func `a rule may look back a day, not longer`() throws {
        let spec = reading("scaling: {rules: [{metric: m, target: 1, periods: 24, period: 1h}]}").spec
        #expect(spec?.groups[0].roles[0].scaling.rules[0].periods == .init(count: 24, length: .seconds(3600)))
        #expect(reading("scaling: {rules: [{metric: m, target: 1, periods: 25, period: 1h}]}").spec == nil)
    }

    @Test func `what needs an approval is a share that goes, and a growth`() {
        let manager = reading("min: 0", manager: "{approval: {share: 20%, growth: 400%}}").spec?.manager
        #expect(manager?.approvalShare == 20)
        #expect(manager?.approvalGrowth == 400)
        let half = reading("min: 0", manager: "{approval: {growth: 0%}}").spec?.manager
        #expect(half?.approvalShare == 50)
        #expect(half?.approvalGrowth == 0)
    }

    @Test(arguments: [
        ("{}", []), ("{note: 0123456789ab}", []), ("{smreconcile/approve: 0123456789AB}", ["0123456789ab"]),
        ("{smreconcile/approve: 123456789012}", ["123456789012"]),
        (
            #"{smreconcile/approve: " 0123456789ab,ba9876543210  cafecafecafe,"}"#,
            ["0123456789ab", "ba9876543210", "cafecafecafe"]
        ),
        (#"{smreconcile/approve: ""}"#, []),
    ])
    func `approvals stand in an annotation`(annotations: String, want: [String]) {
        let reading = reading("min: 0", annotations: annotations)
        #expect(reading.diagnostics == [])
        #expect(reading.spec?.approvals == Set(want))
    }

    @Test func `a second rule about one metric is a warning`() throws {
        let reading = reading(
            "scaling: {rules: [{metric: m, target: 1}, {metric: n, target: 1}, {metric: m, target: 2}]}")
        #expect(reading.spec != nil)
        #expect(reading.warnings.map(\.message) == ["a second rule about 'm'; the first is on line 16"])
    }

    @Test func `the schema knows ranking, limit, periods and growth`() {
        let json = SpecSchema.json()
        for key in ["capacityRanking", "capacityLimit", "below", "periods", "period", "growth", "share"] {
            #expect(json.contains("\"\(key)\": {"), "\(key)")
        }
    }
}
