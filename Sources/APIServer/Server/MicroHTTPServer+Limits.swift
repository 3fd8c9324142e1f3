internal import Glibc
package import Reconciler

extension MicroHTTPServer {
    /// What the server bears.
    package struct Limits: Sendable {
        /// Threads that answer.
        package var threads = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        /// Open connections that the library bears; further ones wait to be accepted. What we bear is in ``ServingRules``, and
        /// a little less, so that who is over it can be told.
        package var connections = 16_384 + 2048
        /// Bytes per connection for head and buffers: a longer head is answered 431 or 414. A head of ours has 1 KiB,
        /// a token at most 8; 10,000 idle connections stay within 180 MB of address space and far less memory.
        package var connectionMemory = 16 << 10

        /// The standard ones.
        package init() {}

        /// Those for a spec.
        package init(_ limits: ManagerSpec.API.Limits) {
            connections = limits.connections + 2 * ConnectionLedger.excess(over: limits.connections)
            // Beside the head lie its fields' places and the answer's head.
            connectionMemory = limits.headerBytes + (4 << 10)
        }
    }

    /// What the daemon is started with for TLS. Unsafe for its pointer alone: it is made once, only read, and never freed.
    nonisolated(unsafe) static let standardPriorities = unsafe strdup("NORMAL")

    /// Bytes of body over a route's limit that are still read and dropped, so that the client gets its answer.
    static let toleratedExcess = 8 << 20
}
