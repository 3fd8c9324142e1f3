internal import Glibc

/// Where a socket connects to: an address of either family with its port, as the kernel wants it.
struct SocketAddress: Sendable, Equatable {
    /// So many addresses of one name are tried.
    static let maximumCount = 4

    /// A `sockaddr` of its family.
    let bytes: [UInt8]
    /// `AF_INET` or `AF_INET6`.
    let family: Int32

    /// The address of a host that is given in numbers, such as `192.0.2.7`, `2001:db8::7` or `fe80::1%eth0`; nil for a name.
    /// Asks nobody.
    static func numeric(_ host: String, port: Int) -> SocketAddress? {
        if case .success(let found) = look(up: host, port, flags: AI_NUMERICHOST) { return found.first }
        return nil
    }

    /// The addresses of a name, in the order in which they are best tried; else what the resolver said. Blocks, perhaps for long.
    static func look(up host: String, port: Int) -> Result<[SocketAddress], LookupFailure> {
        look(up: host, port, flags: AI_ADDRCONFIG)
    }

    /// The resolver's words for why there is no address.
    struct LookupFailure: Error, Equatable, Sendable {
        var message: String
    }

    private static func look(up host: String, _ port: Int, flags: Int32) -> Result<[SocketAddress], LookupFailure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>? = nil
        let code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else {
            let words = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
            return .failure(LookupFailure(message: words.lowercased()))
        }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next, found.count < maximumCount {
            if let address = unsafe entry.pointee.ai_addr {
                let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
                unsafe found.append(SocketAddress(bytes: Array(bytes), family: entry.pointee.ai_family))
            }
            unsafe next = entry.pointee.ai_next
        }
        return .success(found)
    }
}
