internal import Foundation
internal import Reconciler

/// What `state pull` prints, as far as it is needed: which resources there are, and the output `nodes`.
///
/// One command gives both with the lineage and the serial, from any backend and without a plugin. Format 4 is that of Terraform since
/// 0.12 and of OpenTofu.
struct TerraformState: Sendable, Equatable {
    /// Why a state is not understood.
    struct Fault: Error, Equatable, Sendable {
        var message: String
    }

    /// The key of one instance of a resource.
    enum IndexKey: Sendable, Equatable, Decodable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self = .text(text)
            } else {
                self = .number(try value.decode(Int.self))
            }
        }
    }

    /// One node in the output `nodes`.
    struct Node: Sendable, Equatable {
        var id: String
        var address: String?
        var state: Instance.State
        var endpoints: [Endpoint]
    }

    /// Of one history of the state; two states with different ones have nothing to do with each other.
    var lineage: String
    /// Grows with every change.
    var serial: Int
    /// Managed resources; true for one whose making failed in the middle.
    var resources: [TerraformAddress: Bool] = [:]
    /// The output `nodes`; nil when there is none.
    var nodes: [String: Node]?

    /// The state before anything was applied.
    static let blank = TerraformState(lineage: "", serial: 0)

    /// Nothing is in it yet.
    init(lineage: String, serial: Int) {
        self.lineage = lineage
        self.serial = serial
    }

    /// Reads a state. Of nothing at all it is ``blank``.
    init(_ output: [UInt8]) throws(Fault) {
        guard !output.allSatisfy({ $0 == 10 || $0 == 32 }) else {
            self = .blank
            return
        }
        let wire: Wire
        do {
            wire = try JSONDecoder().decode(Wire.self, from: Data(output))
        } catch {
            throw Fault(message: "the state is no JSON of the format 4: \(Self.words(error))")
        }
        guard wire.version == 4, !wire.lineage.isEmpty else {
            throw Fault(message: "the state is of the format \(wire.version); format 4 is known")
        }
        self.init(lineage: wire.lineage, serial: wire.serial)
        for resource in wire.resources where resource.mode == "managed" {
            for instance in resource.instances {
                let address = TerraformAddress(
                    module: resource.module, isData: false, type: resource.type, name: resource.name,
                    key: instance.key)
                let isBroken = instance.status == "tainted" || instance.deposed != nil
                resources[address] = resources[address] == true || isBroken
            }
        }
        guard let found = wire.outputs?.nodes else { return }
        var nodes: [String: Node] = [:]
        for (name, node) in found.value { nodes[name] = try node.node(name) }
        self.nodes = nodes
    }

    /// The resources of each of the nodes.
    func addresses(of names: Set<String>) -> [String: Set<TerraformAddress>] {
        var result: [String: Set<TerraformAddress>] = [:]
        for address in resources.keys {
            if let node = address.node(among: names) { result[node, default: []].insert(address) }
        }
        return result
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.keyNotFound(_, let context):
            let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
            return "'\(path.joined(separator: "."))' is not what is expected there"
        default: return "it does not read"
        }
    }

    private struct Wire: Decodable {
        struct Resource: Decodable {
            struct Instance: Decodable {
                var key: IndexKey?
                var status: String?
                var deposed: String?

                enum CodingKeys: String, CodingKey {
                    case key = "index_key"
                    case status, deposed
                }
            }
            var module: String?
            var mode: String
            var type: String
            var name: String
            var instances: [Instance]
        }
        struct Outputs: Decodable {
            struct Nodes: Decodable { var value: [String: OutputNode] }
            var nodes: Nodes?
        }
        var version: Int
        var serial: Int
        var lineage: String
        var outputs: Outputs?
        var resources: [Resource]
    }
}

/// One entry of the output, read so that a wrong one can be named.
private struct OutputNode: Decodable {
    enum Text: Decodable {
        case text(String)
        case wrong

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let number = try? value.decode(Int.self) {
                // Some clouds number their machines.
                self = .text(String(number))
            } else {
                self = .wrong
            }
        }
    }

    var id: Text?
    var address: Text?
    var state: Text?
    var endpoints: [ShellEndpoint]?

    func node(_ name: String) throws(TerraformState.Fault) -> TerraformState.Node {
        func text(_ field: Text?, _ key: String) throws(TerraformState.Fault) -> String? {
            guard case .wrong? = field else {
                if case .text(let text)? = field, !text.isEmpty { return text }
                return nil
            }
            throw .init(message: "'\(key)' of '\(name)' in the output 'nodes' is no text")
        }
        guard let id = try text(id, "id") else {
            throw .init(message: "'\(name)' in the output 'nodes' has no 'id'")
        }
        let word = try text(state, "state") ?? Instance.State.running.rawValue
        guard let state = Instance.State(rawValue: word) else {
            throw .init(
                message:
                    "'\(name)' in the output 'nodes' has the state '\(word.prefix(40))'; known are pending, running, "
                    + "stopping and gone")
        }
        let known = (endpoints ?? []).compactMap(\.endpoint)
        guard known.count == endpoints?.count ?? 0 else {
            throw .init(
                message:
                    "an endpoint of '\(name)' in the output 'nodes' has no protocol or a port that is not 1 to 65535")
        }
        return .init(id: id, address: try text(address, "address"), state: state, endpoints: known)
    }
}
