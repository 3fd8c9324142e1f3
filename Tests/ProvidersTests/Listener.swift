import Glibc

/// A listening socket of this machine whose connections nobody takes: the kernel accepts so many as its backlog has room for.
final class Listener: Sendable {
    let port: Int
    let address: String
    private let file: Int32

    /// Nil when this machine has no such address.
    init?(_ address: String = "127.0.0.1", backlog: Int32 = 16) {
        self.address = address
        let isVersion6 = address.contains(":")
        let socket = socket(isVersion6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        var found = 0
        if isVersion6 {
            var local = sockaddr_in6()
            local.sin6_family = sa_family_t(AF_INET6)
            _ = unsafe inet_pton(AF_INET6, address, &local.sin6_addr)
            found = Self.open(socket, &local, backlog) { Int(UInt16(bigEndian: $0.sin6_port)) }
        } else {
            var local = sockaddr_in()
            local.sin_family = sa_family_t(AF_INET)
            _ = unsafe inet_pton(AF_INET, address, &local.sin_addr)
            found = Self.open(socket, &local, backlog) { Int(UInt16(bigEndian: $0.sin_port)) }
        }
        guard found > 0 else {
            close(socket)
            return nil
        }
        file = socket
        port = found
    }

    deinit { close(file) }

    /// The port that it was bound to; 0 when it was not.
    private static func open<Address>(
        _ socket: Int32, _ local: inout Address, _ backlog: Int32, _ port: (Address) -> Int
    ) -> Int {
        var length = socklen_t(MemoryLayout<Address>.size)
        let isOpen = unsafe withUnsafeMutablePointer(to: &local) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, length) == 0 && listen(socket, backlog) == 0
                    && getsockname(socket, $0, &length) == 0
            }
        }
        return isOpen ? port(local) : 0
    }
}
