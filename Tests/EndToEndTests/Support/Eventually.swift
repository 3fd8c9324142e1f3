/// What did not come true in time.
struct NeverHappened: Error, CustomStringConvertible {
    let description: String
}

/// Asks again and again until `condition` gives a value, and returns it; throws ``NeverHappened`` when `limit` is over.
///
/// What is waited for is another process, which no clock of ours moves: this is the one place of these tests that sleeps,
/// for moments, between two looks.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(60), pace: Duration = .milliseconds(20),
    _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        let isLast = ContinuousClock.now >= deadline
        if let value = try await condition() { return value }
        if isLast { throw NeverHappened(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: pace)
    }
}

/// The same for what is true or false.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), pace: Duration = .milliseconds(20),
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, pace: pace) { try await condition() ? true : nil }
}

/// True when `condition` holds at every look for as long as `time`.
func holds(for time: Duration, _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end {
        guard try await condition() else { return false }
        try await Task.sleep(for: .milliseconds(50))
    }
    return true
}
