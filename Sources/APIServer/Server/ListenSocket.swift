internal import Glibc

/// A listening TCP socket, close-on-exec, since this process starts others. The one who takes `descriptor` closes it.
struct ListenSocket {
    /// Connections that wait to be accepted; the kernel's own limit is usually 4096.
    private static let backlog: CInt = 4096

    /// The open socket.
    let descriptor: CInt
    /// The real one where 0 was asked for.
    let port: Int

    /// Opens, binds and listens.
    static func open(_ address: ListenAddress) throws(ListenFailure) -> ListenSocket {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let host: String? = address.host.isEmpty ? nil : address.host
        let code = unsafe getaddrinfo(host, "\(address.port)", &hints, &list)
        guard code == 0, let first = unsafe list else {
            let reason = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "no such address"
            throw ListenFailure(address, reason.lowercasedFirst)
        }
        defer { unsafe freeaddrinfo(first) }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = unsafe socket(first.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { throw ListenFailure(address, errorText(errno)) }
        var yes: CInt = 1
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0,
            listen(descriptor, backlog) == 0
        else {
            let number = errno
            close(descriptor)
            let advice = number == EADDRINUSE ? "; choose another with --listen" : ""
            throw ListenFailure(address, errorText(number) + advice)
        }
        return ListenSocket(descriptor: descriptor, port: boundPort(descriptor) ?? address.port)
    }

    private static func boundPort(_ descriptor: CInt) -> Int? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let done = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        // IPv4 and IPv6 have the port at the same place.
        guard done == 0 else { return nil }
        return unsafe withUnsafeBytes(of: storage) { bytes in
            unsafe Int(bytes[2]) << 8 | Int(bytes[3])
        }
    }

    private static func errorText(_ number: CInt) -> String {
        (unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)").lowercasedFirst
    }

    /// The address of a peer without its port; empty when it is of no known kind. An IPv4 address that came through an IPv6
    /// socket is written as IPv4.
    static func text(of address: UnsafePointer<sockaddr>?) -> String {
        guard let address = unsafe address else { return "" }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = unsafe CInt(address.pointee.sa_family)
        let done: Bool
        switch family {
        case AF_INET:
            done = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                var own = unsafe pointer.pointee.sin_addr
                return unsafe inet_ntop(family, &own, &buffer, socklen_t(INET6_ADDRSTRLEN)) != nil
            }
        case AF_INET6:
            done = unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                var own = unsafe pointer.pointee.sin6_addr
                return unsafe inet_ntop(family, &own, &buffer, socklen_t(INET6_ADDRSTRLEN)) != nil
            }
        default: return ""
        }
        guard done else { return "" }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
}

extension String {
    /// The system's messages begin with a capital; ours do not.
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
