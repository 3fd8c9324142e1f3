/// What is said to the person about parts of a product's node group that ours has no place for.
package enum ProductNote {
    /// Of a group that comes paused and is only written down: over the API the pause is made with it.
    package static let pauseIsByHand =
        "scaling is paused in the product: 'smreconcile pause' does that here, once the group runs"

    /// Words for a key that is left out; nil for one that says nothing to anybody.
    static func leftOut(_ key: String, _ value: YAMLNode, of owner: String) -> String? {
        let place = owner.isEmpty ? "" : "\(owner): "
        switch key {
        case "internalVersionCount", "name": return nil
        case "shuffleSizeExpression":
            return
                "\(place)shuffleSizeExpression is not needed: of two nodes that are drawn, the less loaded gets the client"
        case "clusterPassword":
            return "\(place)clusterPassword is not carried over: nodes have tokens of their own"
        case "initScripts":
            return
                "\(place)initScripts are not carried over (\(count(value, "script"))): put them into the image, or into the bootstrap of the provider"
        case "propertyOverrides":
            let files = value.elements.compactMap { $0["fileName"]?.text }.joined(separator: ", ")
            return
                "\(place)propertyOverrides of \(files.isEmpty ? "files" : files) are not carried over: put them into the image, or into the bootstrap of the provider"
        case "tags":
            return "\(place)tags are not carried over: instances carry the tags of their provider"
        default: return "\(place)'\(key.shortened)' is not known here and left out"
        }
    }

    private static func count(_ value: YAMLNode, _ noun: String) -> String {
        let count = value.elements.count
        return "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
