import Foundation
import Testing

@testable import Reconciler

@Suite struct SpecSchemaTests {
    @Test func `the schema is JSON, and the same each time`() throws {
        let json = SpecSchema.json()
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        #expect(object?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
        #expect(json == SpecSchema.json())
        #expect(json.hasPrefix("{\n  \"$schema\""))
        #expect(json.hasSuffix("}\n"))
    }

    @Test func `every reference leads somewhere`() throws {
        let object = try JSONSerialization.jsonObject(with: Data(SpecSchema.json().utf8)) as? [String: Any]
        let definitions = try #require(object?["$defs"] as? [String: Any])
        var found: Set<String> = []
        collect(SpecSchema.value) { key, value in
            if key == "$ref", case .string(let target) = value { found.insert(target) }
        }
        #expect(found.count >= 5)
        for target in found { #expect(definitions[String(target.dropFirst("#/$defs/".count))] != nil) }
    }

    @Test func `the schema knows every key of the design's spec`() throws {
        var known: Set<String> = []
        collect(SpecSchema.value) { key, value in
            if key == "properties", case .object(let members) = value { known.formUnion(members.map(\.key)) }
        }
        let free: Set<String> = ["team", "subnet", "origin", "edge", "connections.publisher", "connections.subscriber"]
        var used: Set<String> = []
        for document in YAMLFile.parsed(try SpecFixtures.bytes("design.yaml")).documents { keys(document, &used) }
        #expect(used.count > 40)
        #expect(used.subtracting(known).subtracting(free) == [])
    }

    private func collect(_ value: SchemaValue, _ visit: (String, SchemaValue) -> Void) {
        switch value {
        case .array(let values): for value in values { collect(value, visit) }
        case .object(let members):
            for member in members {
                visit(member.key, member.value)
                collect(member.value, visit)
            }
        default: break
        }
    }

    private func keys(_ node: YAMLNode, _ found: inout Set<String>) {
        switch node.value {
        case .scalar: break
        case .sequence(let elements): for element in elements { keys(element, &found) }
        case .mapping(let members):
            for index in stride(from: 0, to: members.count, by: 2) {
                found.insert(members[index].text ?? "")
                keys(members[index + 1], &found)
            }
        }
    }
}
