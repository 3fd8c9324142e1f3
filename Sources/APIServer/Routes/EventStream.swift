internal import Reconciler
internal import Synchronization

/// Events as they happen, in the server-sent form (html.spec.whatwg.org, section 9.2). Each has its id: whoever connects again with
/// `Last-Event-ID` misses none that is still kept.
struct EventStream: Sendable {
    /// At once: each looks into the store twice a second.
    static let maximumStreams = 64
    /// Of one caller: nobody takes the places of all.
    static let maximumOfCaller = 8
    /// Between two looks for new events.
    static let pace: Duration = .milliseconds(500)
    /// A comment this often, so that a client that is gone is noticed, and what is between does not close the connection.
    static let heartbeat: Duration = .seconds(15)
    /// So that clients spread over managers again; each comes again by itself.
    static let lifetime: Duration = .seconds(900)
    /// The media type.
    static let contentType = "text/event-stream"
    /// Events that are written at once.
    private static let page = 100
    /// Bytes that may wait when the next are written.
    private static let backlog = 64 << 10

    /// Where events are kept.
    let store: any Store
    /// The clock.
    let time: any TimeSource
    /// Only those about this; nil: all.
    let subject: String?
    /// Who follows.
    let caller: String
    /// Streams that are open.
    let open: OpenStreams

    /// Whether the caller's token is still good.
    let isAllowed: @Sendable () -> Bool

    /// The streams that are open, over all requests.
    final class OpenStreams: Sendable {
        private let counts = Locked<[String: Int]>([:])

        /// A place for one more of a caller; nil when there is none. It is free again when nobody holds it: also of a stream that
        /// never ran, since its connection was gone.
        func place(for caller: String) -> Place? { enter(caller) ? Place(self, caller) : nil }

        private func enter(_ caller: String) -> Bool {
            counts.with { counts in
                guard counts.values.reduce(0, +) < EventStream.maximumStreams,
                    counts[caller, default: 0] < EventStream.maximumOfCaller
                else { return false }
                counts[caller, default: 0] += 1
                return true
            }
        }

        fileprivate func leave(_ caller: String) {
            counts.with { counts in
                guard let count = counts[caller] else { return }
                counts[caller] = count > 1 ? count - 1 : nil
            }
        }
    }

    /// One open stream.
    final class Place: Sendable {
        private let open: OpenStreams
        private let caller: String

        fileprivate init(_ open: OpenStreams, _ caller: String) {
            self.open = open
            self.caller = caller
        }

        deinit { open.leave(caller) }
    }

    /// Whether a request asks for the stream and not for the list.
    static func isWanted(_ headers: borrowing HTTPHeaders) -> Bool {
        headers.values(.accept).contains { value in
            value.split(separator: UInt8(ascii: ",")).contains { part in
                let type = part.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != UInt8(ascii: " ") }
                return type.equalsIgnoringCase(Array(contentType.utf8))
            }
        }
    }

    /// The id behind which a client goes on; nil when it begins anew.
    static func lastID(_ headers: borrowing HTTPHeaders) throws(Problem) -> Int64? {
        guard let value = headers.first(.lastEventID), !value.isEmpty else { return nil }
        guard let id = Int64(String(decoding: value, as: UTF8.self)), id >= 0 else {
            throw .badRequest("the Last-Event-ID is no id of an event")
        }
        return id
    }

    /// The answer: what comes behind `after`, or for nil, what comes from now on.
    func answer(after: Int64?) throws(Problem) -> HTTPResponse {
        guard let place = open.place(for: caller) else {
            throw .unavailable(
                "\(Self.maximumStreams) clients follow the events already, or \(Self.maximumOfCaller) of this user; ask for the list instead",
                retryAfter: .seconds(30))
        }
        var response = HTTPResponse(
            status: 200, contentType: Self.contentType,
            // A proxy that gathers what it passes on would hold events back.
            headers: [("X-Accel-Buffering", "no")], marks: .noStore)
        response.stream = ResponseStream { [self] stream in
            await run(stream, after: after)
            withExtendedLifetime(place) {}
        }
        return response
    }

    private func run(_ stream: ResponseStream, after: Int64?) async {
        guard stream.write(Array("retry: 2000\n\n".utf8)) else { return }
        let start = time.now()
        guard var last = await place(after, since: start), stream.write(Self.mark(last)) else { return }
        var spoke = start
        while !Task.isCancelled, time.now() - start < Self.lifetime, isAllowed() {
            // A store that does not answer now does later: the client keeps its place.
            let events = (try? await store.events(after: last, about: subject, limit: StoreLimits.events)) ?? []
            for part in stride(from: 0, to: events.count, by: Self.page) {
                // The client takes its time: the server cuts the one that takes nothing.
                while stream.waiting > Self.backlog, !Task.isCancelled {
                    do { try await time.sleep(for: Self.pace) } catch { return }
                }
                let text = events[part..<min(part + Self.page, events.count)].flatMap { Self.text(of: $0) }
                guard stream.write(text) else { return }
                spoke = time.now()
            }
            last = max(last, events.last?.id ?? 0)
            if time.now() - spoke >= Self.heartbeat {
                guard stream.write(Self.mark(last)) else { return }
                spoke = time.now()
            }
            do { try await time.sleep(for: Self.pace) } catch { return }
        }
    }

    /// Where a client begins: behind `after`, or behind the newest event as soon as the store tells which that is. Nil: its time is over.
    private func place(_ after: Int64?, since start: Timestamp) async -> Int64? {
        if let after { return after }
        while !Task.isCancelled, time.now() - start < Self.lifetime, isAllowed() {
            if let newest = try? await store.events(after: 0, about: nil, limit: 1) { return newest.last?.id ?? 0 }
            do { try await time.sleep(for: Self.pace) } catch { return nil }
        }
        return nil
    }

    /// An id without an event: nothing happens at the client, but that it knows its place, also before its first event.
    private static func mark(_ id: Int64) -> [UInt8] { Array("id: \(id)\n\n".utf8) }

    /// One event; its data is one line, since JSON escapes line breaks.
    private static func text(of event: Event) -> [UInt8] {
        var json = JSONWriter()
        event.write(into: &json)
        return Array("id: \(event.id)\nevent: \(event.reason)\ndata: ".utf8) + json.bytes + Array("\n\n".utf8)
    }
}

extension Event {
    /// Writes the event as one object.
    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.field("id", id)
        json.field("at", at)
        json.field("firstAt", firstAt)
        json.field("count", count)
        json.field("level", level.rawValue)
        json.field("reason", reason)
        json.field("subject", subject)
        json.field("message", message)
        if let commit {
            json.field("commit", commit.id)
            json.field("author", commit.author)
        }
        json.endObject()
    }
}
