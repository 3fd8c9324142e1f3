import Foundation
import Reconciler
import Testing

/// The safety rules of the design under faults drawn from a seed. A failing seed is printed; `SEED=n scripts/simulate` replays
/// it alone, `SEEDS=n` runs as many.
@Suite("The simulated world")
struct SafetyTests {
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let one = environment["SEED"].flatMap({ UInt64($0) }) { return [one] }
        return Array(1...(environment["SEEDS"].flatMap { UInt64($0) } ?? 1000))
    }()

    /// Seeds that run in one test case: enough cases to fill the cores, few enough to keep the report short.
    static let batches: [ArraySlice<UInt64>] = stride(from: 0, to: seeds.count, by: 50).map {
        seeds[$0..<min($0 + 50, seeds.count)]
    }

    @Test("keeps every safety rule, whatever fails and whenever the manager dies", arguments: batches)
    func rulesHold(_ batch: ArraySlice<UInt64>) async throws {
        for seed in batch {
            let world = try await World(seed: seed)
            for _ in 0..<64 { try await world.step(withFaults: true) }
            let settled = try await world.settle()
            if ProcessInfo.processInfo.environment["SEED"] != nil { world.history.forEach { print($0) } }
            #expect(
                settled,
                "seed \(seed): no rest in calm weather: \(world.lastReport?.moving.map { "\($0.id) \($0.state.rawValue)" } ?? []), \(world.lastReport?.plan.actions.map(\.reason) ?? [])"
            )
            let violations = world.violations.all
            #expect(
                violations.isEmpty, "SEED=\(seed) scripts/simulate: \(violations.prefix(5).joined(separator: "\n"))")
        }
    }

    @Test("gives the same world for the same seed")
    func deterministic() async throws {
        var endings: [[String]] = []
        for _ in 0..<2 {
            let world = try await World(seed: 42)
            for _ in 0..<100 { try await world.step(withFaults: true) }
            endings.append(world.history)
        }
        #expect(endings[0] == endings[1])
        #expect(!endings[0].isEmpty)
    }
}
