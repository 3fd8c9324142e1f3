internal import Glibc

/// Finds ports that nothing listens on.
enum FreePorts {
    /// A port that is free for TCP and UDP on `address` and not in `taken`; nil when there is none.
    ///
    /// Without a range the system picks among its ephemeral ports. The port is free now and held by nobody: the caller
    /// records it at once, so that it gives it to no other node.
    static func find(on address: String, in range: ClosedRange<Int>?, excluding taken: Set<Int>) -> Int? {
        if let range { return range.first { !taken.contains($0) && bound($0, on: address) != nil } }
        // The system may propose a port that a node was given and has not opened yet: ask again.
        for _ in 0..<100 {
            if let port = bound(0, on: address), !taken.contains(port) { return port }
        }
        return nil
    }

    /// Binds and lets go again: the port that was bound, or nil. An address that is not of this machine (a public one
    /// before a gateway) is tried as "any address".
    private static func bound(_ port: Int, on address: String) -> Int? {
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        if unsafe inet_pton(AF_INET, address, &local.sin_addr) != 1 { local.sin_addr.s_addr = 0 }
        guard let tcp = open(SOCK_STREAM, port, local) ?? openAny(SOCK_STREAM, port) else { return nil }
        defer { close(tcp) }
        guard listen(tcp, 1) == 0 else { return nil }
        var chosen = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let asked = unsafe withUnsafeMutablePointer(to: &chosen) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(tcp, $0, &length) }
        }
        guard asked == 0 else { return nil }
        let result = Int(UInt16(bigEndian: chosen.sin_port))
        guard let udp = open(SOCK_DGRAM, result, local) ?? openAny(SOCK_DGRAM, result) else { return nil }
        close(udp)
        return result
    }

    private static func openAny(_ kind: __socket_type, _ port: Int) -> Int32? {
        guard errno == EADDRNOTAVAIL else { return nil }
        var any = sockaddr_in()
        any.sin_family = sa_family_t(AF_INET)
        return open(kind, port, any)
    }

    /// A bound socket, or nil with the reason in `errno`.
    private static func open(_ kind: __socket_type, _ port: Int, _ address: sockaddr_in) -> Int32? {
        var address = address
        address.sin_port = in_port_t(port).bigEndian
        let socket = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        var yes: Int32 = 1
        if kind == SOCK_STREAM {
            unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        let outcome = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if outcome == 0 { return socket }
        let reason = errno
        close(socket)
        errno = reason
        return nil
    }
}
