import Foundation
import Testing

@testable import Reconciler

/// Whatever the bytes are, a reading ends with a spec or with an error, and never in a crash.
@Suite struct SpecFuzzTests {
    /// splitmix64 (https://prng.di.unimi.it/splitmix64.c).
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    /// `SEED=` in the environment replays a failure.
    static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_122

    /// The target of the fuzzing: also for libFuzzer.
    private func target(_ bytes: [UInt8]) -> Bool {
        let reading = SpecReader.read([SpecSource(name: "fuzz.yaml", bytes: bytes)])
        _ = reading.diagnostics.rendered
        return (reading.spec == nil) == reading.diagnostics.contains { $0.severity == .error }
    }

    @Test func `random bytes`() {
        var generator = Generator(state: Self.seed)
        for round in 0..<400 {
            let count = Int.random(in: 0...300, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(target(bytes), "seed \(Self.seed), round \(round)")
        }
    }

    @Test func `the design's spec with changes`() throws {
        let design = try SpecFixtures.bytes("design.yaml")
        let words = [
            "-1", "1e9", "100%", "~", "true", "[", "{", "}", "]", ": ", "- ", "&a ", "*a", "<<: ", "\n", "\t", "'",
            "\"", "|\n", "!!str ", "99999999999999999999", "0s", "---\n",
        ]
        var generator = Generator(state: Self.seed &+ 1)
        for round in 0..<600 {
            var bytes = design
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1:
                    bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...30, using: &generator)))
                case 2: bytes.insert(contentsOf: Array((words.randomElement(using: &generator) ?? "").utf8), at: place)
                case 3:
                    let from = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes.insert(contentsOf: Array(bytes[from..<min(bytes.count, from + 40)]), at: place)
                default:
                    bytes.replaceSubrange(
                        place..<min(bytes.count, place + 3), with: (words.randomElement(using: &generator) ?? "").utf8)
                }
                if bytes.isEmpty { bytes = design }
            }
            #expect(target(bytes), "seed \(Self.seed), round \(round)")
        }
    }

    @Test func `the design's spec cut short anywhere`() throws {
        let design = try SpecFixtures.bytes("design.yaml")
        for count in stride(from: 0, to: design.count, by: 7) {
            #expect(target(Array(design.prefix(count))), "\(count) bytes")
        }
    }

    @Test func `expressions and cron expressions of random tokens`() {
        var generator = Generator(state: Self.seed &+ 2)
        let tokens = [
            "avg(", "a.b", ")", "(", "+", "-", "*", "/", "%", ">", "<", "==", "&&", "||", "!", "1", "0.5", " ", "p99(",
            ".", "é",
        ]
        let fields = ["*", "?", "0", "59", "-", "/", ",", " ", " ", " ", "MON", "jan", "7", "@daily", "31", "2", "é"]
        for _ in 0..<3000 {
            let count = Int.random(in: 0...14, using: &generator)
            _ = try? Expression(text: (0..<count).map { _ in tokens.randomElement(using: &generator) ?? "" }.joined())
            _ = try? CronExpression(
                text: (0..<count).map { _ in fields.randomElement(using: &generator) ?? "" }.joined())
        }
    }
}
