import Foundation
import Testing

@testable import Reconciler

/// What the schema says of defaults and examples, against the reader; and the pages that are made of it.
@Suite struct SpecReferenceTests {
    private static let docs =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/docs/reference"

    @Test(arguments: SpecSchema.kinds)
    func `the page of a kind is what the schema says`(kind: String) throws {
        let page = try #require(SpecReference.page(ofKind: kind))
        let path = "\(Self.docs)/\(kind).md"
        let recorded = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        guard recorded != page else { return }
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil {
            try Data(page.utf8).write(to: URL(fileURLWithPath: path))
        }
        Issue.record("docs/reference/\(kind).md is not what the schema says; UPDATE_GOLDEN=1 writes it")
    }

    /// A key with a default or an example, where it is.
    struct Key: Sendable, CustomTestStringConvertible {
        var base: SchemaValue
        var path: [String]
        var schema: SchemaValue
        var testDescription: String { path.joined(separator: ".") }
    }

    /// Documents in which every mapping with fixed keys is there, with no more in it than must be.
    private static let bases: [(kind: String, spec: SchemaValue)] = [
        (
            "Manager",
            [
                "webhooks": [["name": "shown", "url": "https://example.org"]], "limits": [:], "approval": [:],
                "geoip": ["database": "x"], "log": [:], "tokens": [:], "tickets": [:],
                "api": [
                    "tls": ["certificate": "c", "key": "k", "clientCA": "a"], "cors": ["origins": ["*"]], "limits": [:],
                    "metrics": ["auth": "required"], "streams": ["auth": "required"], "proxy": [:],
                ],
            ]
        ),
        (
            "NodeGroup",
            [
                "provider": "lab", "failover": ["regions": []], "limits": [:], "tickets": [:],
                "regions": [
                    [
                        "name": "here", "location": ["latitude": 1, "longitude": 1], "failover": ["regions": []],
                        "roles": ["edge": [:]],
                    ],
                    ["name": "us-west"],
                ],
                "roles": [
                    "origin": ["min": 1, "max": 40, "endpoints": [["protocol": "rtmp", "port": 1935]]],
                    "edge": [
                        "parent": "origin", "capabilities": ["publish", "subscribe"], "min": 2, "max": 40,
                        "capacityLimit": ["expression": "cpu.system.load", "below": 1],
                        "endpoints": [["protocol": "http", "port": 80], ["protocol": "rtmp", "port": 1936]],
                        "capacity": [
                            "connections.subscriber": 100, "connections.publisher": 100, "connections.client": 100,
                        ],
                        "routing": [:], "update": [:], "drain": [:],
                        "disruption": ["budgets": [["nodes": 1, "cron": "0 18 * * 6", "duration": "1h"]]],
                        "scaling": [
                            "rules": [
                                ["metric": "connections.subscriber", "target": "60%"],
                                ["scaleOut": "avg(cpu.system.load) > 0.8", "scaleIn": "avg(cpu.system.load) < 0.2"],
                            ],
                            "tolerance": [:],
                            "scaleOut": ["policies": [["nodes": 1, "period": "60s"]]],
                            "scaleIn": ["policies": [["nodes": 1, "period": "60s"]]],
                            "schedules": [["name": "match", "cron": "0 18 * * 6", "duration": "1h", "min": 3]],
                        ],
                        "health": ["flapping": [:], "probes": [["tcp": [:]], ["http": [:]]]],
                    ],
                ],
            ]
        ),
        (
            "Provider",
            ["type": "simulated", "simulated": ["load": [:], "failures": [:]], "rateLimit": ["perSecond": 10]]
        ),
        ("Provider", ["type": "process", "process": ["roles": ["origin": ["command": ["./a"]]]]]),
        ("Provider", ["type": "shell", "shell": ["list": "./a", "create": "./a", "destroy": "./a"]]),
        ("Provider", ["type": "ec2", "ec2": ["bootstrap": [:]]]),
        ("Provider", ["type": "terraform", "terraform": ["directory": "./a", "bootstrap": [:]]]),
    ]

    private static let keys: [Key] = bases.flatMap { base -> [Key] in
        var found: [Key] = []
        let document: SchemaValue = [
            "apiVersion": "smreconcile/v1", "kind": .string(base.kind), "metadata": ["name": "shown"],
            "spec": base.spec,
        ]
        collect(SpecSchema.value(ofKind: base.kind) ?? [:], document, [], document, &found)
        return found
    }

    /// The keys of the mappings that a document has.
    private static func collect(
        _ schema: SchemaValue, _ value: SchemaValue, _ path: [String], _ base: SchemaValue, _ found: inout [Key]
    ) {
        var schema = schema
        if schema["$ref"] == "#/$defs/role" { schema = SpecSchema.shared.first { $0.key == "role" }?.value ?? schema }
        if case .array(let choices) = schema["oneOf"], schema["properties"] == nil {
            for choice in choices where choice["properties"] != nil || choice["items"] != nil { schema = choice }
        }
        switch value {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                collect(schema["items"] ?? [:], element, path + ["\(index)"], base, &found)
            }
        case .object(let members):
            for member in members {
                guard let inner = schema["properties"]?[member.key] ?? schema["additionalProperties"] else { continue }
                collect(inner, member.value, path + [member.key], base, &found)
            }
            guard case .object(let properties) = schema["properties"] else { return }
            for property in properties {
                found.append(Key(base: base, path: path + [property.key], schema: property.value))
            }
        default: break
        }
    }

    /// A document with a value at a path; nil: without it.
    private static func put(_ new: SchemaValue?, at path: ArraySlice<String>, in value: SchemaValue) -> SchemaValue {
        guard let key = path.first else { return new ?? value }
        switch value {
        case .array(var elements):
            if let index = Int(key) { elements[index] = put(new, at: path.dropFirst(), in: elements[index]) }
            return .array(elements)
        case .object(var members):
            if let index = members.firstIndex(where: { $0.key == key }) {
                if path.count == 1, new == nil {
                    members.remove(at: index)
                } else {
                    members[index].value = put(new, at: path.dropFirst(), in: members[index].value)
                }
            } else if path.count == 1, let new {
                members.append(.init(key: key, value: new))
            }
            return .object(members)
        default: return value
        }
    }

    /// What is read, as text without the places where it stands, and what is wrong with it.
    private static func read(_ document: SchemaValue) -> (text: String, problems: [String]) {
        let lab: SchemaValue = [
            "apiVersion": "smreconcile/v1", "kind": "Provider", "metadata": ["name": "lab"],
            "spec": ["type": "simulated"],
        ]
        // Of one provider at most, since the order of several would be another each time.
        let documents = document["kind"] == "NodeGroup" ? [document, lab] : [document]
        let text = documents.map(\.pretty).joined(separator: "\n---\n")
        let reading = SpecReader.read([SpecSource(name: "shown.yaml", text: text)])
        let words = (reading.spec.map { "\($0)" } ?? "").replacing(/shown\.yaml:[0-9]+:[0-9]+/, with: "-")
        // Each dictionary and set is printed in an order of its own: the parts are compared, in the order of their letters.
        let parts = words.split { ",: []()".contains($0) }.sorted()
        return (parts.joined(separator: "\n"), reading.errors.map(\.rendered))
    }

    /// Whether a key may stand in the mapping that ``bases`` has at its place: a few are of another form of it.
    private static func fits(_ key: Key) -> Bool {
        switch key.testDescription {
        // What the daemon makes of it when nothing is said is not in the value that is read.
        case "spec.listen": false
        case "spec.type", "spec.roles.origin.parent", "spec.roles.origin.parents",
            "spec.roles.edge.endpoints.0.protocol":
            false
        case "spec.timeout": key.base["spec"]?["type"] != "terraform"
        case let place where place.contains(".rules.0."):
            !["high", "low", "scaleOut", "scaleIn", "step"].contains(key.path.last)
        case let place where place.contains(".rules.1."): !["metric", "target", "high", "low"].contains(key.path.last)
        case let place where place.contains(".policies."): key.path.last != "percent"
        case let place where place.contains(".probes."):
            key.path.last == "interval" || key.path.last?.hasSuffix("Threshold") == true
        case let place where place.contains(".bootstrap."): key.path.last == "agent"
        default: true
        }
    }

    @Test(arguments: keys.filter { $0.schema["default"] != nil && fits($0) })
    func `a default is what a key that is left out has`(key: Key) throws {
        let value = try #require(key.schema["default"])
        let without = Self.read(Self.put(nil, at: key.path[...], in: key.base))
        let with = Self.read(Self.put(value, at: key.path[...], in: key.base))
        #expect(with.problems == [] && without.problems == [])
        #expect(with.text == without.text, "\(value.flow) is not what the key has when it is left out")
    }

    @Test(arguments: keys.filter { $0.schema["examples"] != nil && fits($0) })
    func `an example is right where it stands`(key: Key) throws {
        guard case .array(let examples) = key.schema["examples"] else { return }
        for example in examples {
            let read = Self.read(Self.put(example, at: key.path[...], in: key.base))
            #expect(read.problems == [], "\(example.flow)")
        }
    }

    @Test func `every key that is no mapping has an example, and says what it means`() throws {
        for key in Self.keys where key.path != ["kind"] && key.path != ["spec"] {
            guard case .string(let help) = key.schema["description"] else {
                Issue.record("\(key.testDescription) has no description")
                continue
            }
            #expect(help.hasSuffix("."), "\(key.testDescription): \(help)")
        }
        let pages = SpecSchema.kinds.compactMap { SpecReference.page(ofKind: $0) }
        let rows = pages.flatMap { $0.split(separator: "\n") }.filter {
            $0.hasPrefix("| `") && !$0.contains("[mapping](")
        }
        #expect(rows.count > 150)
        for row in rows where row.contains("|  |  |") && !row.contains("`kind`") { Issue.record("no example: \(row)") }
    }
}
