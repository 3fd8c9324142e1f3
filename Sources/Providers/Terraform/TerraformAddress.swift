/// The address of a resource, as far as it says whose it is: `module.node["live-edge-1"].aws_instance.this[0]`.
///
/// See https://developer.hashicorp.com/terraform/cli/state/resource-addressing.
struct TerraformAddress: Hashable, Sendable, CustomStringConvertible {
    /// The whole of it.
    let description: String
    /// The instance keys that are strings, from the outermost module inwards.
    let keys: [String]

    /// Reads the keys of `["…"]`; other text is left as it is.
    init(_ text: String) {
        description = text
        var keys: [String] = []
        var rest = text.unicodeScalars[...]
        while let open = rest.firstIndex(of: "[") {
            rest = rest[rest.index(after: open)...]
            guard rest.first == "\"" else { continue }
            rest = rest.dropFirst()
            var key = ""
            while let scalar = rest.popFirst(), scalar != "\"" {
                // Keys are quoted as Go does it; a node's id has nothing that needs more than this.
                if scalar == "\\", let escaped = rest.popFirst() {
                    key.unicodeScalars.append(escaped)
                } else {
                    key.unicodeScalars.append(scalar)
                }
            }
            keys.append(key)
        }
        self.keys = keys
    }

    /// The address of one instance of a resource in a state file.
    init(module: String?, isData: Bool, type: String, name: String, key: TerraformState.IndexKey?) {
        let place = (module.map { $0 + "." } ?? "") + (isData ? "data." : "") + type + "." + name
        switch key {
        case nil: self.init(place)
        case .number(let number): self.init("\(place)[\(number)]")
        case .text(let text):
            let quoted = text.flatMap { "\"\\".contains($0) ? "\\\($0)" : String($0) }
            self.init("\(place)[\"\(String(quoted))\"]")
        }
    }

    /// The node that it belongs to: the only one of `nodes` among its keys; nil when there is none, or more than one.
    func node(among nodes: Set<String>) -> String? {
        let found = Set(keys.filter(nodes.contains))
        return found.count == 1 ? found.first : nil
    }
}
