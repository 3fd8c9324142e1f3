import Testing

@testable import Reconciler

/// How the spec says that nodes are changed, repaired and replaced elsewhere.
@Suite struct CareSpecTests {
    private func group(_ role: String, regions: String = "[{name: a}, {name: b}]", group: String = "") -> NodeGroupSpec?
    {
        let reading = SpecFixtures.read(
            """
            apiVersion: smreconcile/v1
            kind: Provider
            metadata: {name: lab}
            spec: {type: simulated}
            ---
            apiVersion: smreconcile/v1
            kind: NodeGroup
            metadata: {name: live}
            spec:
              provider: lab
              regions: \(regions)
              roles: {relay: {capabilities: [relay], max: 6, \(role)}}
              \(group)
            """)
        #expect(reading.diagnostics.map(\.rendered) == [])
        return reading.spec?.groups.first
    }

    private func health(_ text: String) -> HealthSpec? { group("health: {\(text)}")?.roles.first?.health }

    @Test(arguments: [
        ("3", UnhealthyLimit.most(.count(3))), ("40%", .most(.percent(40))), ("'[3-5]'", .range(3...5)),
        ("[3-5]", .range(3...5)), ("'[0-0]'", .range(0...0)),
    ])
    func `maxUnhealthy is a number, percent or a range, with and without quotes`(_ text: String, _ want: UnhealthyLimit)
    {
        #expect(health("maxUnhealthy: \(text)")?.maxUnhealthy == want)
    }

    @Test func `a range is said as it was written`() {
        #expect("\(UnhealthyLimit.range(3...5))" == "[3-5]" && "\(UnhealthyLimit.most(.percent(40)))" == "40%")
    }

    @Test func `flapping, registerTimeout and rollback have their places and defaults`() {
        let health = health("registerTimeout: 90s, flapping: {faults: 5, within: 1h}")
        #expect(health?.registerTimeout == .seconds(90))
        #expect(health?.flapping.faults == 5 && health?.flapping.within == .seconds(3600))
        #expect(HealthSpec().registerTimeout == nil && HealthSpec().flapping.faults == 3)
        #expect(group("update: {rollback: true}")?.roles.first?.update.rollback == true)
        #expect(UpdateSpec().rollback == false)
    }

    @Test func `tickets are open by default, and each kind of client by itself`() {
        #expect(group("min: 1")?.tickets == TicketPolicy(publish: .open, subscribe: .open))
        #expect(
            group("min: 1", group: "tickets: {publish: required}")?.tickets
                == TicketPolicy(publish: .required, subscribe: .open))
        let manager =
            "apiVersion: smreconcile/v1\nkind: Manager\nmetadata: {name: m}\nspec: {tickets: {lifetime: 90s}}\n"
        #expect(SpecFixtures.read(manager).spec?.manager.tickets.lifetime == .seconds(90))
        #expect(ManagerSpec().tickets.lifetime == .seconds(60))
    }

    @Test func `failover is the group's, or a region's own`() {
        let own = group(
            "min: 1", regions: "[{name: a}, {name: b, failover: {regions: [a]}}]", group: "failover: {regions: [b, a]}")
        #expect(own?.failover == ["b", "a"])
        #expect(own?.region("a")?.failover == nil && own?.region("b")?.failover == ["a"])
    }
}
