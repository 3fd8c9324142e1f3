import Testing

@testable import Reconciler

@Suite struct RevisionTests {
    private static let template = NodeTemplate(
        image: "media-2", instanceType: "c6i", endpoints: [Endpoint(protocol: "rtmp", port: 1935)],
        settings: ["a": "1", "b": "2"], providerSettings: ["nginx", "-g"])

    @Test func `it is the same on every machine, at every start`() {
        #expect(Self.template.revision == "25d190144e98")
        #expect(Self.template.revision.utf8.count == 12)
    }

    struct Change: CustomTestStringConvertible, Sendable {
        var name: String
        var make: @Sendable (inout NodeTemplate) -> Void
        var testDescription: String { name }
    }

    static let changes = [
        Change(name: "image") { $0.image = "media-3" }, Change(name: "no image") { $0.image = nil },
        Change(name: "instance type") { $0.instanceType = "c6g" },
        Change(name: "port") { $0.endpoints[0].port = 1936 },
        Change(name: "protocol") { $0.endpoints[0].protocol = "rtmps" },
        Change(name: "another endpoint") { $0.endpoints.append(Endpoint(protocol: "wss", port: 443)) },
        Change(name: "value of a setting") { $0.settings["a"] = "2" },
        Change(name: "name of a setting") { $0.settings = ["a": "1", "c": "2"] },
        Change(name: "a setting's end moved") { $0.settings = ["a": "1\nb=2"] },
        Change(name: "provider's part") { $0.providerSettings[1] = "-c" },
        Change(name: "provider's parts joined") { $0.providerSettings = ["nginx -g"] },
        Change(name: "provider's order") { $0.providerSettings.reverse() },
    ]

    @Test(arguments: changes) func `it changes with each part of the template`(_ change: Change) {
        var template = Self.template
        change.make(&template)
        #expect(template.revision != Self.template.revision)
    }

    @Test func `no two of the changed templates are alike`() {
        let all = Self.changes.map { change in
            var template = Self.template
            change.make(&template)
            return template.revision
        }
        #expect(Set(all).count == all.count)
    }

    @Test func `counts, limits and health are no part of it`() {
        let before = Sample.spec(Sample.edge(min: 1, max: 2))
        let after = Sample.spec(
            Sample.edge(min: 3, max: 9) {
                $0.capacity = [Metric.subscribers: 7]
                $0.health.faultAfter = .seconds(99)
                $0.drain.timeout = .seconds(1)
                $0.update.maxSurge = .count(5)
            })
        #expect(before.revision(of: Sample.edges) == after.revision(of: Sample.edges))
    }

    @Test func `a role's own image and settings win over the group's and the region's`() throws {
        let spec = Sample.spec(
            Sample.edge {
                $0.image = "own"
                $0.settings = ["subnet": "mine"]
            }
        ) { $0.groups[0].regions[0].settings = ["subnet": "theirs", "zone": "a"] }
        let template = try #require(spec.template(of: Sample.edges))
        #expect(template.image == "own" && template.settings == ["subnet": "mine", "zone": "a"])
        #expect(spec.revision(of: PoolKey(group: "live", region: "mars", role: "edge")) == nil)
    }
}
