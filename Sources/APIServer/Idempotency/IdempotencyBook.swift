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
    /// Bytes of an answer that is remembered; no answer to a change comes near.
    static let maximumBody = 64 << 10

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
    }

    private struct Entry: Sendable {
        var fingerprint: [UInt8]
        var began: Timestamp
        var number: UInt64
        var response: HTTPResponse?
    }

    private var entries: [IdempotencyKey: Entry] = [:]
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
        counter += 1
        entries[key] = Entry(fingerprint: fingerprint, began: now, number: counter)
        order.append((key, counter))
        return .new
    }

    /// It was answered. An error of the server is not kept: the change may be sent again with the same key.
    mutating func finish(_ key: IdempotencyKey, _ response: HTTPResponse) {
        if response.status >= 500 || response.body.count > Self.maximumBody {
            entries[key] = nil
        } else {
            entries[key]?.response = response
        }
    }

    /// How many are remembered.
    var count: Int { entries.count }

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
                entries[key] = nil
            }
        }
        if first > Self.maximumEntries {
            order.removeFirst(first)
            first = 0
        }
    }
}
