import Foundation
import Testing

/// The nearest region by the client's address, with a real database: one machine is a client in several places by its loopback addresses.
@Suite("Geography", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct GeographyEndToEndTests {
    private static let fixtures = Workspace.repository + "/Tests/GeographyTests/Fixtures/"

    /// In which regions so many new publishers end up who come from an address.
    private static func regions(
        _ manager: Manager, from address: String, forwarded: String? = nil, count: Int = 6
    ) async throws -> Set<String> {
        if manager.bearer == nil { try await manager.login() }
        let field = forwarded.map { " -H 'X-Forwarded-For: \($0)'" } ?? ""
        let urls = (0..<count).map { _ in "\(manager.url)/as/v1/streams/live/\(UUID())/publish" }
        let answer = try await manager.workspace.bash(
            "curl -sf -w '\\n' --interface \(address) -H 'Authorization: Bearer \(manager.bearer ?? "")'\(field) "
                + urls.joined(separator: " "))
        return try Set(
            answer.out.split(separator: "\n").map {
                try JSONDecoder().decode(RouteAnswer.self, from: Data($0.utf8)).region
            })
    }

    private static func troubles(_ manager: Manager) async throws -> [String] {
        struct Ready: Decodable { var troubles: [String] }
        return try await manager.get("/readyz", as: Ready.self).troubles
    }

    @Test(
        "clients go to the nearest region by their address; the database may come, change, break and go while the manager runs"
    )
    func database() async throws {
        try await Workspace.with { workspace in
            func put(_ name: String) throws {
                let content = try Data(contentsOf: URL(fileURLWithPath: Self.fixtures + name))
                try content.write(to: URL(fileURLWithPath: workspace.path("geo.mmdb")))
            }
            try put("city.mmdb")
            let spec = try workspace.write(Specs.twoPlaces(database: workspace.path("geo.mmdb")), to: "spec.yaml")
            let manager = try await Manager(workspace, spec: spec)
            try await manager.serves(2)
            #expect(try await Self.regions(manager, from: "127.0.1.1") == ["dublin"])
            #expect(try await Self.regions(manager, from: "127.0.2.1") == ["singapore"])
            #expect(try await Self.regions(manager, from: "127.0.0.1", count: 30) == ["dublin", "singapore"])
            // A proxy is believed, another client is not.
            #expect(
                try await Self.regions(manager, from: "127.0.9.1", forwarded: "127.0.1.1, 127.0.2.1") == ["singapore"])
            #expect(try await Self.regions(manager, from: "127.0.1.1", forwarded: "127.0.2.1") == ["dublin"])

            // Cut off and written anew in place, as 'cp' does it.
            try put("moved.mmdb")
            try await eventually("the new database in use") {
                try await Self.regions(manager, from: "127.0.1.1") == ["singapore"]
            }
            #expect(try await Self.troubles(manager) == [])
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: workspace.path("geo.mmdb")))
            try await eventually("the trouble") {
                try await Self.troubles(manager).contains { $0.contains("the last good database stays in use") }
            }
            #expect(try await Self.regions(manager, from: "127.0.1.1") == ["singapore"])
            // A new path in the spec, without a restart.
            _ = try workspace.write(Specs.twoPlaces(database: Self.fixtures + "old.mmdb"), to: "spec.yaml")
            try await eventually("the other database in use") {
                try await Self.regions(manager, from: "127.0.1.1") == ["dublin"]
            }
            #expect(try await Self.troubles(manager) == [])
            #expect(manager.program.error.contains("GeoDatabaseRefused geoip: '\(workspace.path("geo.mmdb"))'"))
            #expect(try await manager.stop().code == 0)
        }
    }
}
