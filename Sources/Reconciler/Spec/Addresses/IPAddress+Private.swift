extension IPAddress {
    /// Blocks that are in no public routing table: RFC 1918, and RFC 4193's unique local addresses.
    private static let privateBlocks: [(address: String, length: Int)] = [
        ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("fc00::", 7),
    ]

    /// Whether it means something within one network only.
    package var isPrivate: Bool {
        Self.privateBlocks.contains { block in
            guard let base = IPAddress(block.address) else { return false }
            let shift = 128 - (block.length + (base.isVersion4 ? 96 : 0))
            return bits >> shift == base.bits >> shift
        }
    }
}
