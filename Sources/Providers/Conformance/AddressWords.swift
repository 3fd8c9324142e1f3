internal import Reconciler

/// Whether a text can be the address of an instance.
enum AddressWords {
    /// Words that stand for nothing in the output of some tool or other.
    private static let nothings: Set<String> = [
        "null", "none", "nil", "undefined", "unknown", "pending", "true", "false", "n/a", "-",
    ]
    /// Of a host name and of its parts (RFC 1123, section 2.1; RFC 1035, section 2.3.4).
    private static let longestName = 253
    private static let longestLabel = 63

    /// What is wrong with it, as the end of a sentence about it; nil: an IP address or a host name that clients could be sent to.
    static func problem(of address: String) -> String? {
        if nothings.contains(address.lowercased()) {
            return "is a word for nothing: leave the address out until there is one"
        }
        if IPAddress(address) != nil {
            // Those of no host: 0.0.0.0, ::, and longer ways to write them.
            return address.allSatisfy { "0.:".contains($0) } ? "is that of no host" : nil
        }
        if address.contains("://") { return "is a URL, and not a host name or an IP address alone" }
        if address.hasPrefix("["), address.hasSuffix("]") { return "is in brackets, which are for URLs" }
        if let slash = address.firstIndex(of: "/"), IPAddress(String(address[..<slash])) != nil {
            return "is a network: leave out what follows the address"
        }
        if let colon = address.lastIndex(of: ":"), Int(address[address.index(after: colon)...]) != nil {
            return "has a port: ports are of the endpoints"
        }
        return isHostName(address) ? nil : "is neither a host name nor an IP address"
    }

    private static func isHostName(_ text: String) -> Bool {
        guard text.utf8.count <= longestName else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // One of digits and dots alone is an IP address that is wrong.
        guard labels.contains(where: { $0.contains { !$0.isNumber } }) else { return false }
        return labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= longestLabel && label.first != "-" && label.last != "-"
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }
}
