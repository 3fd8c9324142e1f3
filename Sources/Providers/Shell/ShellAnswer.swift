internal import Foundation
internal import Reconciler

/// Why an answer of a command is not understood.
struct ShellAnswerFault: Error, Equatable, Sendable {
    var message: String
}

/// A field of an answer, read so that one field that is wrong spoils nothing but what needs it.
private enum Field<Value: Decodable & Sendable>: Decodable, Sendable {
    case value(Value)
    /// Of another type than it should be.
    case wrong

    init(from decoder: any Decoder) throws {
        do { self = .value(try Value(from: decoder)) } catch { self = .wrong }
    }
}

/// One instance in an answer. Fields that nobody asked for are left alone.
private struct ShellInstance: Decodable, Sendable {
    var id: Field<String>?
    var tags: Field<ShellTags>?
    var token: Field<String>?
    var revision: Field<String>?
    var state: Field<String>?
    var address: Field<String>?
    var endpoints: Field<[ShellEndpoint]>?

    /// A text that is there and not empty.
    func required(_ field: Field<String>?, _ name: String) throws(ShellAnswerFault) -> String {
        guard case .value(let text)? = field, !text.isEmpty else {
            throw ShellAnswerFault(message: "\(place) has no '\(name)', which must be a text that is not empty")
        }
        return text
    }

    /// A text, or none.
    func optional(_ field: Field<String>?, _ name: String) throws(ShellAnswerFault) -> String? {
        switch field {
        case nil: return nil
        case .value(let text): return text.isEmpty ? nil : text
        case .wrong: throw ShellAnswerFault(message: "'\(name)' of \(place) is no text")
        }
    }

    func knownState(_ otherwise: Instance.State) throws(ShellAnswerFault) -> Instance.State {
        guard let word = try optional(state, "state") else { return otherwise }
        guard let known = Instance.State(rawValue: word) else {
            throw ShellAnswerFault(
                message: "\(place) has the state '\(word.prefix(40))'; known are pending, running, stopping and gone")
        }
        return known
    }

    func knownEndpoints() throws(ShellAnswerFault) -> [Endpoint] {
        guard let endpoints else { return [] }
        guard case .value(let list) = endpoints else {
            throw ShellAnswerFault(message: "'endpoints' of \(place) is no list of {\"protocol\", \"port\"}")
        }
        let known = list.compactMap(\.endpoint)
        guard known.count == list.count else {
            throw ShellAnswerFault(message: "an endpoint of \(place) has no protocol or a port that is not 1 to 65535")
        }
        return known
    }

    private var place: String {
        if case .value(let id)? = id { return "instance '\(id.prefix(80))'" }
        return "an instance"
    }
}

/// The answer of `list`.
enum ShellListAnswer {
    /// One page, and only what is ours of it.
    struct Page: Sendable, Equatable {
        var instances: [Instance]
        var isComplete: Bool
        /// Where the next one begins; nil: this was the last.
        var next: String?
    }

    private struct Wire: Decodable, Sendable {
        var complete: Bool
        var instances: [ShellInstance]
        var next: String?
    }

    /// Those with all five tags, and this owner and region to the letter. One of these that is not understood spoils the list: to leave
    /// it out would say that it is gone.
    static func read(_ data: Data, owner: String, region: String) throws(ShellAnswerFault) -> Page {
        let wire = try decode(
            Wire.self, data, wanted: "{\"complete\": true, \"instances\": [...]}")
        var page = Page(
            instances: [], isComplete: wire.complete, next: wire.next.flatMap { $0.isEmpty ? nil : $0 })
        for found in wire.instances {
            guard case .value(let tags)? = found.tags, tags.owner == owner, tags.region == region else { continue }
            page.instances.append(
                Instance(
                    id: try found.required(found.id, "id"), tags: tags.tags,
                    token: try found.required(found.token, "token"),
                    revision: try found.required(found.revision, "revision"),
                    state: try found.knownState(.running), address: try found.optional(found.address, "address"),
                    endpoints: try found.knownEndpoints()))
        }
        return page
    }
}

/// The answer of `create`.
enum ShellCreateAnswer {
    /// The instance. What it repeats of the request must be the same, or it is the answer to another one.
    static func read(_ data: Data, _ request: CreateRequest) throws(ShellAnswerFault) -> Instance {
        let made = try decode(ShellInstance.self, data, wanted: "{\"id\": \"...\", \"address\": \"...\"}")
        let id = try made.required(made.id, "id")
        if let tags = made.tags {
            guard case .value(let tags) = tags, tags.tags == request.tags else {
                throw ShellAnswerFault(message: "instance '\(id.prefix(80))' carries other tags than were asked for")
            }
        }
        if let token = try made.optional(made.token, "token"), token != request.token {
            throw ShellAnswerFault(message: "instance '\(id.prefix(80))' carries another token than was asked for")
        }
        return Instance(
            id: id, tags: request.tags, token: request.token,
            revision: try made.optional(made.revision, "revision") ?? request.revision,
            state: try made.knownState(.pending), address: try made.optional(made.address, "address"),
            endpoints: try made.knownEndpoints())
    }
}

/// Reads an answer of the shape `wanted`, or says in words what is wrong with it.
func decode<Value: Decodable>(
    _ type: Value.Type, _ data: Data, wanted: String
) throws(ShellAnswerFault) -> Value {
    do {
        return try JSONDecoder().decode(type, from: data)
    } catch DecodingError.keyNotFound(let key, _) {
        throw ShellAnswerFault(message: "it has no '\(key.stringValue)', expected \(wanted)")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
        let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        throw ShellAnswerFault(message: "\(path.isEmpty ? "it" : "'\(path)'") has another type than in \(wanted)")
    } catch {
        throw ShellAnswerFault(message: "it is not valid JSON, expected \(wanted)")
    }
}
