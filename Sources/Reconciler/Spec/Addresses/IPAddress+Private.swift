extension IPAddress {
    /// Blocks that are in no public routing table: RFC 1918, and RFC 4193's unique local addresses.
    private static let privateBlocks: [(address: String, length: Int)] = [
        ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("fc00::", 7),
    ]

    /// What never leaves the machine: RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3.
    private static let loopbackBlocks: [(address: String, length: Int)] = [("127.0.0.0", 8), ("::1", 128)]

    /// Whether it means something within one network only.
    package var isPrivate: Bool { isWithin(Self.privateBlocks) }

    /// Whether it is the machine's own, of no network.
    package var isLoopback: Bool { isWithin(Self.loopbackBlocks) }

    private func isWithin(_ blocks: [(address: String, length: Int)]) -> Bool {
        blocks.contains { block in
            guard let base = IPAddress(block.address), base.isVersion4 == isVersion4 else { return false }
            let shift = 128 - (block.length + (base.isVersion4 ? 96 : 0))
            return bits >> shift == base.bits >> shift
        }
    }
}
