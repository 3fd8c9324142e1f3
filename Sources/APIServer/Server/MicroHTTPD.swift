internal import CMicroHTTPD
internal import Glibc
internal import Reconciler

/// libmicrohttpd, as far as it is used. Nothing else imports it.
///
/// Callbacks come on the library's threads, those of one connection one at a time.
enum MicroHTTPD {
    /// What a callback says of its connection or request.
    enum Verdict {
        /// It goes on.
        case proceed
        /// The connection is closed.
        case close

        fileprivate init(_ result: MHD_Result) { self = result == .NO ? .close : .proceed }
        fileprivate var result: MHD_Result { self == .close ? .NO : .YES }
    }

    /// The library's parser before 0.9.77 cuts values at a NUL and drops lines that it does not understand without a word.
    static let checksLayout: Bool = {
        guard let text = unsafe MHD_get_version() else { return true }
        let parts = unsafe String(cString: text).split(separator: ".").prefix(3).map { Int($0) ?? 0 }
        return parts.lexicographicallyPrecedes([0, 9, 77])
    }()
}

// MARK: - Connections

extension MicroHTTPD {
    /// One connection, while it lasts.
    ///
    /// `@unchecked Sendable`: beside its callbacks it is only ever resumed, which may be done from any thread, and once: see
    /// ``Exchange/settle(_:)``. A suspended connection is not freed.
    @safe
    struct Connection: @unchecked Sendable {
        /// The library's.
        let pointer: OpaquePointer

        fileprivate init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

        /// The one that a callback of another library was given as its context.
        init?(context: UnsafeMutableRawPointer?) {
            guard let context = unsafe context else { return nil }
            unsafe pointer = OpaquePointer(context)
        }

        /// The client's address, without its port.
        var remoteAddress: String { unsafe ListenSocket.text(of: smr_mhd_client(pointer)) }
        /// Its socket.
        var socket: CInt { unsafe smr_mhd_socket(pointer) }
        /// Its TLS session; nil without TLS.
        var session: OpaquePointer? { unsafe smr_mhd_session(pointer) }
        /// Bytes of the present request's head, with the request line and the empty line.
        var headSize: Int { unsafe smr_mhd_head_size(pointer) }

        /// No callback comes until it is resumed, by what is returned.
        func suspend() -> @Sendable () -> Void {
            unsafe MHD_suspend_connection(pointer)
            return { unsafe MHD_resume_connection(pointer) }
        }

        /// Takes the header fields of the present request into its exchange.
        func readFields(into exchange: Exchange) {
            unsafe MHD_get_connection_values_n(
                pointer, .HEADER_KIND, appendField, Unmanaged.passUnretained(exchange).toOpaque())
        }

        /// Answers the present request.
        func queue(_ response: Response, status: Int) -> Verdict {
            Verdict(unsafe MHD_queue_response(pointer, CUnsignedInt(status), response.pointer))
        }
    }
}

/// Takes one header field into the request of the ``Exchange`` that `context` is.
private let appendField: MHD_KeyValueIteratorN = { context, _, name, nameSize, value, valueSize in
    guard let context = unsafe context, let name = unsafe name else { return .NO }
    let nameBytes = unsafe UnsafeRawBufferPointer(start: name, count: nameSize)
    let valueBytes = unsafe UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize)
    unsafe Unmanaged<Exchange>.fromOpaque(context)._withUnsafeGuaranteedRef { exchange in
        unsafe exchange.layout.field(name: nameBytes, value: valueBytes)
        unsafe exchange.request.headers.append(name: nameBytes, value: valueBytes)
    }
    return .YES
}

// MARK: - Responses

extension MicroHTTPD {
    /// One response. Whoever made it ends it, once; the library keeps what it still sends.
    ///
    /// `@unchecked Sendable`: it is in one place at a time, with who made it or with the exchange that it answers.
    @safe
    struct Response: @unchecked Sendable {
        fileprivate let pointer: OpaquePointer

        /// Bytes that the library asks for at once.
        private static let blockSize = 16 << 10

        private init?(_ pointer: OpaquePointer?) {
            guard let pointer = unsafe pointer else { return nil }
            unsafe self.pointer = pointer
        }

        /// One with a copy of a body.
        init?(copying body: [UInt8]) {
            let made = unsafe body.withUnsafeBytes { body in
                // The library copies the bytes at once; it wants no const pointer for the other modes' sake.
                unsafe MHD_create_response_from_buffer(
                    body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
            }
            unsafe self.init(made)
        }

        /// One whose body is written later, and the space for it, which is the response's.
        static func withSpace(_ count: Int) -> (response: Response, body: UnsafeMutableRawBufferPointer)? {
            // From malloc, since the library frees it with the response.
            guard let space = unsafe malloc(count) else { return nil }
            guard let response = unsafe Response(MHD_create_response_from_buffer(count, space, .RESPMEM_MUST_FREE))
            else {
                unsafe free(space)
                return nil
            }
            return unsafe (response, UnsafeMutableRawBufferPointer(start: space, count: count))
        }

        /// One whose body is what a feed gives, which is closed with it, or here when there is none.
        init?(reading feed: StreamFeed) {
            let held = unsafe Unmanaged.passRetained(feed).toOpaque()
            let made = unsafe MHD_create_response_from_callback(
                UInt64.max, Self.blockSize,
                { context, _, space, size in
                    guard let context = unsafe context, let space = unsafe space else { return StreamFeed.end }
                    let feed = unsafe Unmanaged<StreamFeed>.fromOpaque(context).takeUnretainedValue()
                    return unsafe feed.read(into: UnsafeMutableRawBufferPointer(start: space, count: size))
                }, held,
                { context in
                    guard let context = unsafe context else { return }
                    // The client is gone, or has it all.
                    unsafe Unmanaged<StreamFeed>.fromOpaque(context).takeRetainedValue().close()
                })
            if unsafe made == nil { unsafe Unmanaged<StreamFeed>.fromOpaque(held).takeRetainedValue().close() }
            unsafe self.init(made)
        }

        /// Adds a field. Both parts are where they are: nothing is copied on the way.
        func add(_ name: StaticString, _ value: StaticString) {
            unsafe text(value) { value in
                unsafe text(name) { _ = unsafe MHD_add_response_header(pointer, $0, value) }
            }
        }

        /// Adds a field. A String that is passed as a pointer is copied to the heap first; with `withCString` it need not be.
        func add(_ name: StaticString, _ value: String) {
            unsafe value.withCString { value in
                unsafe text(name) { _ = unsafe MHD_add_response_header(pointer, $0, value) }
            }
        }

        /// Adds a field.
        func add(_ name: String, _ value: String) {
            unsafe value.withCString { value in
                unsafe name.withCString { _ = unsafe MHD_add_response_header(pointer, $0, value) }
            }
        }

        /// Adds a field whose value is written later. The space is the library's own copy of the value, which lives as long as the response and
        /// is looked at when that is sent. To take a field out and put another in its place, as one may, takes six allocations and ends.
        ///
        /// After a `Date` no `Connection` may be added: that makes the library (0.9.75) forget the date, and write a second one.
        func addSpace(_ name: StaticString, _ length: Int) -> UnsafeMutableRawBufferPointer? {
            add(name, String(repeating: "-", count: length))
            var value: UnsafePointer<CChar>?
            unsafe text(name) { unsafe value = MHD_get_response_header(pointer, $0) }
            return unsafe value.map {
                unsafe UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(mutating: $0), count: length)
            }
        }

        /// Ends it, as soon as nobody sends it any more.
        func end() { unsafe MHD_destroy_response(pointer) }

        /// A literal as C has it, which is where it is.
        private func text(_ literal: StaticString, _ body: (UnsafePointer<CChar>) -> Void) {
            unsafe UnsafeRawPointer(literal.utf8Start).withMemoryRebound(
                to: CChar.self, capacity: literal.utf8CodeUnitCount + 1
            ) { unsafe body($0) }
        }
    }
}

// MARK: - The daemon

extension MicroHTTPD {
    /// A daemon cannot be started.
    struct StartFailure: Error {
        /// In the words of the system.
        let reason: String
    }

    /// A running daemon, which calls its server.
    ///
    /// `@unchecked Sendable`: the library's functions on a daemon may be called from any thread; who has it sees to it that it is stopped once.
    @safe
    struct Daemon: @unchecked Sendable {
        private let pointer: OpaquePointer
        private let server: Unmanaged<MicroHTTPServer>

        /// Answers on a listening socket, which it takes over if it can be started.
        init(
            _ server: MicroHTTPServer, on socket: CInt, _ limits: MicroHTTPServer.Limits, isTLS: Bool
        ) throws(StartFailure) {
            var options = unsafe smr_mhd_options()
            unsafe options.listen_socket = socket
            unsafe options.threads = CUnsignedInt(limits.threads)
            unsafe options.connection_limit = CUnsignedInt(limits.connections)
            unsafe options.connection_memory = limits.connectionMemory
            unsafe options.is_tls = isTLS ? 1 : 0
            // Any will do: each session gets those of its certificate.
            unsafe options.priorities = UnsafePointer(MicroHTTPServer.standardPriorities)
            // Held until it is stopped: a server that is never stopped is never freed under its threads.
            unsafe self.server = Unmanaged.passRetained(server)
            unsafe options.context = self.server.toOpaque()
            unsafe Self.setCallbacks(&options)
            guard let started = unsafe smr_mhd_start(&options) else {
                let number = errno
                unsafe self.server.release()
                throw StartFailure(reason: unsafe String(cString: strerror(number)))
            }
            unsafe pointer = started
        }

        /// Closes what is open, and comes back when the last callback has.
        func stop() {
            unsafe MHD_stop_daemon(pointer)
            unsafe server.release()
        }

        private static func setCallbacks(_ options: inout smr_mhd_options) {
            unsafe options.accept = { context, address, _ in
                guard let context = unsafe context else { return .NO }
                return unsafe Daemon.server(context).accepts(ListenSocket.text(of: address)).result
            }
            unsafe options.handler = { context, connection, _, method, version, data, size, exchange in
                guard let context = unsafe context, let connection = unsafe connection, let size = unsafe size,
                    let exchange = unsafe exchange?.pointee
                else { return .NO }
                return unsafe Daemon.borrow(context, exchange) { server, exchange in
                    unsafe server.handle(exchange, Connection(connection), method, version, data, size).result
                }
            }
            unsafe options.target = { context, target, connection in
                guard let context = unsafe context, let connection = unsafe connection, let target = unsafe target,
                    let exchange = unsafe smr_mhd_context(connection)
                else { return nil }
                unsafe Daemon.borrow(context, exchange) { server, exchange in unsafe server.begin(exchange, target) }
                // The callbacks of this request get it.
                return unsafe exchange
            }
            unsafe options.completed = { context, _, exchange, _ in
                guard let context = unsafe context, let exchange = unsafe exchange?.pointee else { return }
                unsafe Daemon.borrow(context, exchange) { server, exchange in server.completed(exchange) }
            }
            unsafe options.connection = { context, connection, slot, code in
                guard let context = unsafe context, let connection = unsafe connection, let slot = unsafe slot else {
                    return
                }
                if code == .CONNECTION_NOTIFY_STARTED {
                    let exchange = unsafe Daemon.server(context).opened(Connection(connection))
                    unsafe slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
                } else if let known = unsafe slot.pointee {
                    unsafe slot.pointee = nil
                    unsafe Daemon.server(context).closed(Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue())
                }
            }
        }

        /// The server that a callback's context is. It outlives the daemon, which holds it.
        private static func server(_ context: UnsafeMutableRawPointer) -> MicroHTTPServer {
            unsafe Unmanaged<MicroHTTPServer>.fromOpaque(context).takeUnretainedValue()
        }

        /// The same, for the callbacks of each request, and the exchange of its connection, which ends between two callbacks, never in one:
        /// no reference is counted, which threads that count one together would wait for.
        private static func borrow<Result>(
            _ context: UnsafeMutableRawPointer, _ exchange: UnsafeMutableRawPointer,
            _ body: (MicroHTTPServer, Exchange) -> Result
        ) -> Result {
            unsafe Unmanaged<MicroHTTPServer>.fromOpaque(context)._withUnsafeGuaranteedRef { server in
                unsafe Unmanaged<Exchange>.fromOpaque(exchange)._withUnsafeGuaranteedRef { body(server, $0) }
            }
        }
    }
}
