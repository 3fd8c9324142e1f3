import Foundation
import Testing

@testable import Reconciler

/// The JSON Schema of the State document and its page of documentation say what the reader does.
@Suite struct StateSchemaTests {
    /// A document with every field of every record.
    static let full = """
        {"apiVersion": "smreconcile/v1", "kind": "State", "takenAt": "2026-11-22T12:00:00Z",
         "observingSince": "2026-11-22T09:00:00Z", "approvals": ["0123456789ab"],
         "nodes": [
           {"id": "live-edge-1", "nodeGroup": "live", "region": "us-east", "role": "edge", "state": "inService",
            "provider": "lab", "revision": "current", "instanceId": "i-1", "address": "203.0.113.55",
            "endpoints": [{"protocol": "rtmp", "port": 1935}], "since": "2026-11-22T10:01:30Z",
            "requestedAt": "2026-11-22T09:59:00Z", "createdAt": "2026-11-22T10:00:00Z",
            "inServiceAt": "2026-11-22T10:01:30Z", "lastHeartbeatAt": "2026-11-22T11:59:59Z",
            "metrics": {"connections.subscriber": 120, "cpu.system.load": 0.4}, "cordoned": false,
            "streams": [{"scope": "live", "name": "a", "role": "edge", "subscribers": 120}],
            "protectedUntil": "2026-11-22T13:00:00Z", "missingSince": "2026-11-22T11:59:58Z", "ready": true,
            "attempts": 1, "retryAt": "2026-11-22T12:00:01Z", "reason": "as given", "lastError": "no route",
            "drainRequested": {"at": "2026-11-22T11:59:00Z", "by": "ann"}, "selfProtected": true, "unreadySince": "2026-11-22T11:59:00Z",
            "faults": ["2026-11-22T11:00:00Z"], "quarantined": true, "adopted": true, "removalApproved": true,
            "probes": [{"failures": 1, "successes": 0, "at": "2026-11-22T11:59:59Z", "message": "refused"}]}],
         "pools": [
           {"nodeGroup": "live", "region": "us-east", "role": "edge",
            "rollout": {"revision": "0123456789ab", "since": "2026-11-22T11:00:00Z", "proven": false, "failures": 1, "deaths": 1,
              "halt": {"at": "2026-11-22T11:10:00Z", "reason": "it fails"}, "stable": "ba9876543210"},
            "creates": {"failures": 2, "since": "2026-11-22T11:00:00Z", "at": "2026-11-22T11:59:00Z",
              "until": "2026-11-22T12:00:09Z", "message": "no capacity", "shortage": true},
            "starts": {"failures": 2, "since": "2026-11-22T11:00:00Z", "at": "2026-11-22T11:59:00Z",
              "until": "2026-11-22T12:00:09Z", "message": "it died", "shortage": false, "revision": "0123456789ab"}, "spilled": 2}],
         "revisions": [
           {"revision": "0123456789ab", "image": "media-2.5", "instanceType": "c6i.large",
            "endpoints": [{"protocol": "rtmp", "port": 1935}], "settings": {"subnet": "01234567"},
            "provider": "76543210"}],
         "scaling": [
           {"nodeGroup": "live", "region": "us-east", "role": "edge", "desired": 5,
            "recommendations": [{"at": "2026-11-22T11:58:00Z", "nodes": 5}],
            "events": [{"at": "2026-11-22T11:59:00Z", "change": -2}],
            "bounds": {"min": 1, "max": 20, "parent": "relay", "parents": 2},
            "override": {"nodes": 5, "until": "2026-11-22T14:00:00Z", "by": "ann"}, "bootsMs": [61250, 70000],
            "approval": {"share": 50, "growth": 100},
            "averages": [{"of": "cpu.system.load target 0.6", "at": "2026-11-22T11:59:00Z", "sum": 2.4, "count": 6}],
            "unserved": 3}],
         "pauses": [{"nodeGroup": "live", "since": "2026-11-22T11:00:00Z", "by": "ann"}],
         "unknownScopes": [{"provider": "lab", "region": "eu-west", "reason": "no route"}]}
        """

    typealias Object = [String: Any]

    private func schema() throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(StateSchema.json().utf8)) as? Object)
    }

    /// The schema of a record: the whole or one of its definitions.
    private func definition(_ record: any StateKey.Type, in schema: Object) throws -> Object {
        if record == StateDocument.CodingKeys.self { return schema }
        return try #require((schema["$defs"] as? Object)?[record.title] as? Object)
    }

    @Test func `every record has its keys and no others, each with a description`() throws {
        let schema = try schema()
        #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect((schema["$defs"] as? Object)?.count == StateSchema.records.count - 1)
        for record in StateSchema.records {
            let definition = try definition(record, in: schema)
            let properties = try #require(definition["properties"] as? [String: Object])
            #expect(Set(properties.keys) == Set(record.table.map(\.key)), "\(record)")
            #expect(definition["additionalProperties"] as? Bool == false && definition["description"] is String)
            for (key, property) in properties {
                #expect((property["description"] as? String)?.hasSuffix(".") == true, "\(key)")
            }
        }
    }

    @Test func `a full document reads, and is valid against the schema`() throws {
        let document = try StateDocument.read(Data(Self.full.utf8))
        let written = try JSONSerialization.jsonObject(with: document.json())
        let given = try JSONSerialization.jsonObject(with: Data(Self.full.utf8))
        // Nothing is lost on the way, so the document above has every field.
        #expect(written as? NSDictionary == given as? NSDictionary)
        let design = try JSONSerialization.jsonObject(with: Data(StateDocumentTests.design.utf8))
        for value in [written, given, design] {
            var used: Set<String> = []
            #expect(try faults(value, schema(), try schema(), "", &used) == [])
        }
        var used: Set<String> = []
        _ = try faults(given, schema(), try schema(), "", &used)
        let all = StateSchema.records.flatMap { record in record.table.map { "\(record.title).\($0.key)" } }
        #expect(Set(all).subtracting(used) == [])
    }

    /// As much of JSON Schema as ours uses; `used` collects the fields that were met.
    private func faults(
        _ value: Any, _ schema: Object, _ root: Object, _ title: String, _ used: inout Set<String>
    ) throws -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = String(reference.split(separator: "/").last ?? "")
            let definition = try #require((root["$defs"] as? Object)?[name] as? Object)
            return try faults(value, definition, root, name, &used)
        }
        if let options = schema["anyOf"] as? [Object] {
            for option in options where try faults(value, option, root, title, &used).isEmpty { return [] }
            return ["\(value) is none of anyOf"]
        }
        if let constant = schema["const"] as? String {
            return constant == value as? String ? [] : ["const \(constant)"]
        }
        let types = (schema["type"] as? [String]) ?? [schema["type"] as? String ?? ""]
        if value is NSNull { return types.contains("null") ? [] : ["null in \(title)"] }
        switch types[0] {
        case "object":
            guard let object = value as? Object else { return ["no object"] }
            var found: [String] = []
            for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("no \(key)") }
            for (key, member) in object {
                if let property = (schema["properties"] as? [String: Object])?[key] {
                    used.insert("\(title.isEmpty ? "state" : title).\(key)")
                    found += try faults(member, property, root, key, &used)
                } else if let others = schema["additionalProperties"] as? Object {
                    found += try faults(member, others, root, key, &used)
                } else {
                    found.append("unknown \(key)")
                }
            }
            return found
        case "array":
            let items = try #require(schema["items"] as? Object)
            return try (value as? [Any])?.flatMap { try faults($0, items, root, title, &used) } ?? ["no array"]
        case "string":
            guard let text = value as? String else { return ["no string"] }
            if let words = schema["enum"] as? [String], !words.contains(text) { return ["\(text) in \(title)"] }
            return []
        case "integer":
            guard let number = value as? Int, let low = schema["minimum"] as? Int, let high = schema["maximum"] as? Int
            else { return ["no integer in \(title)"] }
            return (low...high).contains(number) ? [] : ["\(number) in \(title)"]
        case "number": return value is NSNumber ? [] : ["no number in \(title)"]
        case "boolean": return value is Bool ? [] : ["no boolean in \(title)"]
        default: return ["unknown type \(types)"]
        }
    }

    /// Whatever the reader refuses, the tables have the words for, and the other way round.
    @Test func `a value of a wrong type in any field is an error that names the field`() throws {
        let given = try #require(try JSONSerialization.jsonObject(with: Data(Self.full.utf8)) as? Object)
        var count = 0
        func damage(_ value: Any, _ place: String, _ put: (Any) throws -> Object) throws {
            if let object = value as? Object {
                for (key, member) in object {
                    let path =
                        place.hasSuffix("metrics") || place.hasSuffix("settings")
                        ? "\(place)['\(key)']" : place.isEmpty ? key : "\(place).\(key)"
                    try damage(member, path) { changed in
                        var object = object
                        object[key] = changed
                        return try put(object)
                    }
                }
            } else if let list = value as? [Any], let first = list.first {
                try damage(first, "\(place)[0]") { try put([$0]) }
            }
            if place.isEmpty { return }
            count += 1
            let data = try JSONSerialization.data(withJSONObject: put([["wrong": [true]]]))
            let error = #expect(throws: StateDocumentError.self, "\(place)") { try StateDocument.read(data) }
            let message = error?.message ?? ""
            #expect(message.hasPrefix("\(place)"), "\(message)")
            #expect(message.contains("expected") || message.contains("unknown field 'wrong'"), "\(message)")
        }
        try damage(given, "") { try #require($0 as? Object) }
        #expect(count > 60)
    }

    @Test func `the page of documentation has every field with its description`() throws {
        let page = SpecFixtures.folder.pathComponents.prefix { $0 != "Tests" }.joined(separator: "/") + "/docs/state.md"
        let text = try String(contentsOf: URL(fileURLWithPath: page), encoding: .utf8)
        for record in StateSchema.records {
            for (key, field) in record.table {
                let row = "| `\(key)`\(field.isRequired ? " *" : "") | \(field.help) |"
                #expect(text.contains(row), "docs/state.md has no row '\(row)'")
            }
        }
    }
}
