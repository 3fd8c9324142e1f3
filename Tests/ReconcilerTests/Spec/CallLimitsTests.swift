import Testing

@testable import Reconciler

@Suite struct CallLimitsTests {
    private func limits(_ spec: String) throws -> CallLimits {
        let reading = SpecFixtures.read(
            "apiVersion: smreconcile/v1\nkind: Provider\nmetadata: {name: lab}\nspec: {\(spec)}\n")
        #expect(reading.diagnostics.map(\.description) == [])
        return try #require(reading.spec?.providers["lab"]).limits
    }

    @Test(arguments: [
        ("type: simulated", 60, nil), ("type: process, process: {roles: {}}", 60, nil),
        ("type: ec2", 60, CallRate(perSecond: 20, burst: 40)),
        ("type: shell, shell: {list: a, create: b, destroy: c}", 70, CallRate(perSecond: 20, burst: 40)),
        ("type: shell, shell: {list: a, create: b, destroy: c, timeout: 5m}", 310, CallRate(perSecond: 20, burst: 40)),
        ("type: terraform, terraform: {directory: .}", 3730, nil),
    ]) func `limits that are not given depend on the type`(_ spec: String, _ seconds: Int, _ rate: CallRate?) throws {
        let limits = try limits(spec)
        #expect(limits.timeout == .seconds(seconds))
        #expect(limits.rate == rate)
        #expect(limits.concurrency == (spec.hasPrefix("type: terraform") ? 256 : 16))
    }

    @Test func `limits that are given count, and the burst is that of two seconds`() throws {
        let given = try limits("type: ec2, timeout: 5s, rateLimit: {perSecond: 10, burst: 3}, concurrency: 4")
        #expect(given.timeout == .seconds(5))
        #expect(given.rate == CallRate(perSecond: 10, burst: 3))
        #expect(given.concurrency == 4)
        #expect(try limits("type: simulated, rateLimit: {perSecond: 1.2}").rate == CallRate(perSecond: 1.2, burst: 3))
        #expect(try limits("type: simulated, rateLimit: {perSecond: 0.1}").rate == CallRate(perSecond: 0.1, burst: 1))
    }

    @Test func `an outer time-out may be that of the type itself`() throws {
        let spec = "type: shell, timeout: 60s, shell: {list: a, create: b, destroy: c}"
        #expect(try limits(spec).timeout == .seconds(60))
    }
}
