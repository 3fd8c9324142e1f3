import Testing

@testable import Reconciler

@Suite struct ProbeSpecTests {
    private func health(_ text: String, file: String = "spec.yaml") throws -> HealthSpec {
        let yaml = """
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
              regions: [{name: a}]
              roles:
                edge:
                  capabilities: [subscribe]
                  endpoints: [{protocol: rtmp, port: 1935}, {protocol: http, port: 8080}]
                  max: 2
                  health: {\(text)}

            """
        let reading = SpecReader.read([SpecSource(name: file, text: yaml)])
        #expect(reading.diagnostics.map(\.description) == [])
        return try #require(reading.spec?.groups.first?.role("edge")).health
    }

    @Test func `without any there are heartbeats and no probes`() throws {
        let health = try health("suspectAfter: 4s")
        #expect(health.heartbeat && health.probes.isEmpty)
    }

    @Test(arguments: [
        ("tcp: {}", ProbeSpec.Check.tcp(.endpoint(nil))), ("tcp: {endpoint: http}", .tcp(.endpoint("http"))),
        ("tcp: {port: 9000}", .tcp(.number(9000))), ("http: {}", .http(.endpoint(nil), path: "/")),
        ("http: {endpoint: http, path: '/healthz?deep=1'}", .http(.endpoint("http"), path: "/healthz?deep=1")),
        ("http: {port: 9000}", .http(.number(9000), path: "/")),
        ("command: \"check -a '{{ address }}' '{{port}}'\"", .command(["check", "-a", "{{ address }}", "{{port}}"])),
    ]) func `a probe looks in one of three ways`(_ text: String, _ check: ProbeSpec.Check) throws {
        #expect(try health("probes: [{\(text)}]").probes == [ProbeSpec(check: check)])
    }

    @Test func `its times and thresholds are those given`() throws {
        let text = "interval: 10s, timeout: 3s, suspectThreshold: 2, faultThreshold: 4, successThreshold: 5"
        let health = try health("heartbeat: false, probes: [{tcp: {}, \(text)}, {tcp: {}, interval: 1s}]")
        #expect(!health.heartbeat)
        var first = ProbeSpec(check: .tcp(.endpoint(nil)))
        (first.interval, first.timeout) = (.seconds(10), .seconds(3))
        (first.suspectThreshold, first.faultThreshold, first.successThreshold) = (2, 4, 5)
        var second = ProbeSpec(check: .tcp(.endpoint(nil)))
        // The default time-out fits a short interval.
        (second.interval, second.timeout) = (.seconds(1), .seconds(1))
        #expect(health.probes == [first, second])
    }

    @Test(arguments: [
        ("./check", "/etc/live/spec.yaml", "/etc/live/./check"), ("bin/check", "specs/spec.yaml", "specs/bin/check"),
        ("./check", "spec.yaml", "./check"), ("/bin/check", "/etc/live/spec.yaml", "/bin/check"),
        ("check", "/etc/live/spec.yaml", "check"),
    ]) func `a relative program is found beside the spec file`(_ program: String, _ file: String, _ found: String)
        throws
    {
        #expect(
            try health("probes: [{command: [\(program), '{{nodeId}}']}]", file: file).probes.map(\.check)
                == [.command([found, "{{nodeId}}"])])
    }
}
