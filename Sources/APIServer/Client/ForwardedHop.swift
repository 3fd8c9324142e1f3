internal import Reconciler

/// What a proxy says of the one who asked it: an element of X-Forwarded-For, or the `for` of one of Forwarded.
enum ForwardedHop: Sendable, Equatable {
    /// It had this address.
    case address(IPAddress)
    /// The proxy does not say: `unknown`, or a name that only it understands (RFC 7239 section 6).
    case hidden
    /// It is neither.
    case malformed

    /// Bytes of the longest address with brackets, zone and port: nothing longer is looked at.
    private static let longest = 96
    private static let unknown = Array("unknown".utf8)

    /// Reads a node (RFC 7239 section 6): an address with or without a port, that of IPv6 in brackets. Without a port IPv6 comes bare,
    /// too, as X-Forwarded-For has it.
    init(_ text: ArraySlice<UInt8>) {
        let colon = UInt8(ascii: ":")
        guard let first = text.first, text.count <= Self.longest else {
            self = .malformed
            return
        }
        var host = text
        var port: ArraySlice<UInt8>?
        if first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else {
                self = .malformed
                return
            }
            host = text[(text.startIndex + 1)..<end]
            if end + 1 < text.endIndex { port = text[(end + 1)...] }
            guard host.contains(colon) else {
                self = .malformed
                return
            }
        } else if let only = text.firstIndex(of: colon), only == text.lastIndex(of: colon) {
            host = text[..<only]
            port = text[only...]
        }
        guard port.map(Self.isPort) ?? true else {
            self = .malformed
            return
        }
        if first == UInt8(ascii: "_") || host.equalsIgnoringCase(Self.unknown) {
            self = .hidden
        } else {
            self = IPAddress(host).map { .address($0) } ?? .malformed
        }
    }

    /// A colon and a number, or a colon and a name that begins with `_`.
    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.first == UInt8(ascii: ":"), let first = text.dropFirst().first else { return false }
        if first == UInt8(ascii: "_") { return true }
        return text.count <= 6 && text.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
