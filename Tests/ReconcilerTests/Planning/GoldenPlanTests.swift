import Foundation
import Testing

@testable import Reconciler

/// Whole plans: a spec and a State document give exactly this JSON. `UPDATE_GOLDEN=1` writes what came out, and fails.
@Suite struct GoldenPlanTests {
    static let folder = SpecFixtures.folder.deletingLastPathComponent().appendingPathComponent("plan")

    static var cases: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    @Test(arguments: cases) func `a spec and a state have their plan`(_ name: String) throws {
        let place = Self.folder.appendingPathComponent(name)
        let bytes = [UInt8](try Data(contentsOf: place.appendingPathComponent("spec.yaml")))
        let reading = SpecReader.read([SpecSource(name: "spec.yaml", bytes: bytes)])
        #expect(reading.diagnostics.map(\.rendered) == [])
        let spec = try #require(reading.spec)
        let document = try StateDocument.read(Data(contentsOf: place.appendingPathComponent("state.json")))
        let now = try #require(document.takenAt)
        let fleet = document.fleet(for: spec, now: now)
        let plan = Preview.plan(spec: spec, fleet: fleet, now: now)
        let got = try plan.json(costs: PlanCosts(of: plan, spec: spec, fleet: fleet)) + "\n"
        let file = place.appendingPathComponent("want.json")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try Data(got.utf8).write(to: file)
            Issue.record("wrote \(name)/want.json: read it, and run again without UPDATE_GOLDEN")
            return
        }
        #expect(try String(decoding: Data(contentsOf: file), as: UTF8.self) == got)
    }

    @Test func `there are fixtures`() { #expect(Self.cases.count >= 6) }
}
