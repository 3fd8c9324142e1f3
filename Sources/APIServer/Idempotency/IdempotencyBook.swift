internal import Reconciler

/// Remembers what came of changes that were sent with a key. A value without clock or I/O.
///
///     (none) ─begin─▶ under way ─finish─▶ done ─a day, or too many─▶ (none)
///                        └─ failed at the server ─▶ (none): it may be tried again
struct IdempotencyBook: Sendable {
    /// How long an answer is given again.
    static let lifetime: Duration = .seconds(86_400)
    /// Answers that are remembered; the oldest go first. Those of changes have a few hundred bytes.
    static let maximumEntries = 10_000
    /// Bytes of an answer that is remembered; those of changes have a few hundred.
    static let maximumBody = 8 << 10
    /// Answers to one caller that are remembered: nobody pushes out those of others.
    static let maximumOfCaller = 1000

    /// Places in line that may be empty, beside as many as there are entries.
    private static let slack = 256

    /// What to do about a request.
    enum Verdict {
        /// It is new: make the change, then ``IdempotencyBook/finish(_:_:at:)``.
        case new
        /// It was made: this came of it.
        case done(HTTPResponse)
        /// The first request with this key is not answered yet.
        case underWay
        /// The key was sent with another change.
        case differs
        /// The caller has sent too many keys of late.
        case tooMany
    }

    private struct Entry: Sendable {
        var fingerprint: [UInt8]
        var began: Timestamp
        var number: UInt64
        var response: HTTPResponse?
    }

    private var entries: [IdempotencyKey: Entry] = [:]
    /// How many of the entries are whose.
    private var counts: [String: Int] = [:]
    /// Keys in the order of their coming, with their entries' numbers; some may be gone.
    private var order: [(key: IdempotencyKey, number: UInt64)] = []
    private var first = 0
    private var counter: UInt64 = 0

    /// A request with this key came.
    mutating func begin(_ key: IdempotencyKey, _ fingerprint: [UInt8], at now: Timestamp) -> Verdict {
        expire(now)
        if let known = entries[key] {
            if known.fingerprint != fingerprint { return .differs }
            return known.response.map { .done($0) } ?? .underWay
        }
        guard counts[key.subject, default: 0] < Self.maximumOfCaller else { return .tooMany }
        counts[key.subject, default: 0] += 1
        counter += 1
        entries[key] = Entry(fingerprint: fingerprint, began: now, number: counter)
        order.append((key, counter))
        return .new
    }

    /// It was answered. Only what was done is kept: after a refusal the change may be sent again with the same key. An answer with a
    /// secret is not: it is shown once.
    mutating func finish(_ key: IdempotencyKey, _ response: HTTPResponse) {
        if !(200...299).contains(response.status) || response.hasSecret || response.body.count > Self.maximumBody {
            forget(key)
        } else {
            entries[key]?.response = response
        }
    }

    /// How many are remembered.
    var count: Int { entries.count }
    /// How many places there are in line, empty ones too.
    var places: Int { order.count - first }

    private mutating func forget(_ key: IdempotencyKey) {
        guard entries.removeValue(forKey: key) != nil, let count = counts[key.subject] else { return }
        counts[key.subject] = count > 1 ? count - 1 : nil
    }

    private mutating func expire(_ now: Timestamp) {
        var looks = order.count - first
        while first < order.count, looks > 0 {
            looks -= 1
            let (key, number) = order[first]
            guard let entry = entries[key], entry.number == number else {
                first += 1
                continue
            }
            guard now - entry.began >= Self.lifetime || entries.count >= Self.maximumEntries else { break }
            first += 1
            if entry.response == nil {
                // One that is under way is never forgotten, for its change would be made twice: it goes to the end.
                order.append((key, number))
            } else {
                forget(key)
            }
        }
        // What was forgotten out of turn leaves its place in line: refused changes must not make that long.
        if order.count - first > 2 * entries.count + Self.slack {
            order = order[first...].filter { entries[$0.key]?.number == $0.number }
            first = 0
        }
        if first > Self.maximumEntries {
            order.removeFirst(first)
            first = 0
        }
    }
}
