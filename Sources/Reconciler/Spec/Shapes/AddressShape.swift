extension Shape where Value == AddressBlock {
    /// An address or a CIDR block: `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.
    static let addressBlock = Shape([
        "title": "address or CIDR block", "type": "string", "pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$",
    ]) { node, context in
        guard let block = node.text.flatMap({ AddressBlock($0) }) else {
            context.expected("an address or a block such as 10.0.0.0/8", node)
            return nil
        }
        return block
    }
}
