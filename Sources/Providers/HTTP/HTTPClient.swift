internal import CCurl
internal import Dispatch
internal import Foundation
internal import Reconciler
internal import Synchronization

/// An HTTP client over libcurl: a few handles, each on a queue of its own, with their connections kept open.
///
/// Requests beyond the number of handles wait their turn. A cancelled task's transfer ends within a second.
package final class HTTPClient: Sendable {
    /// No answer that we ask for is larger; a larger one is an error and not a full memory.
    static let maximumBody = 16 * 1024 * 1024
    /// A body that nobody wants is read so far, since the connection ends in good order when it is short.
    static let unwantedBody = 64 * 1024
    /// And so long: a body that trickles in would take the whole time of the request.
    static let unwantedBodyTime: Duration = .seconds(1)
    /// A place that does not answer a connect for so long is unreachable.
    static let connectTimeout: Duration = .seconds(5)

    private struct Pool: Sendable {
        var idle: [CurlHandle]
        var waiting: [@Sendable (CurlHandle) -> Void] = []
    }

    private let pool: Locked<Pool>
    private let tls: ClientTLS

    /// `handles` requests run at once.
    package init(handles: Int = 4, tls: ClientTLS = ClientTLS()) {
        precondition(handles > 0, "a client without handles would wait for ever")
        _ = CurlHandle.library
        self.tls = tls
        pool = Locked(Pool(idle: (0..<handles).map(CurlHandle.init)))
    }

    /// Sends a request and returns the whole response, of whatever status.
    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        do throws(HTTPInterruption) {
            return try await send(request, bodyLimit: Self.maximumBody)
        } catch {
            throw error.failure
        }
    }

    /// The same, with a response of ``maximumBody`` or fewer bytes: a longer one is broken off as soon as it is too long, so that whoever
    /// answers fills no more memory than that. What had come by then is told.
    package func send(
        _ request: HTTPRequest, bodyLimit: Int
    ) async throws(HTTPInterruption) -> HTTPResponse {
        precondition(bodyLimit >= 0, "a body of \(bodyLimit) bytes cannot be asked for")
        let transfer = Transfer(isBodyWanted: request.isBodyWanted, bodyLimit: min(bodyLimit, Self.maximumBody))
        let request = Self.traced(request, RequestScope.current?.trace)
        let result: Result<HTTPResponse, HTTPInterruption> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                perform { handle in
                    continuation.resume(returning: handle.perform(request, self.tls, transfer))
                }
            }
        } onCancel: {
            transfer.isCancelled.store(true, ordering: .relaxed)
        }
        return try result.get()
    }

    /// What is asked for the sake of a request belongs to its trace (www.w3.org/TR/trace-context).
    private static func traced(_ request: HTTPRequest, _ trace: TraceContext?) -> HTTPRequest {
        guard let trace else { return request }
        var request = request
        request.headers["traceparent"] = trace.parent
        if let state = trace.state { request.headers["tracestate"] = state }
        return request
    }

    private func perform(_ job: @escaping @Sendable (CurlHandle) -> Void) {
        let free: CurlHandle? = pool.with { pool in
            guard let handle = pool.idle.popLast() else {
                pool.waiting.append(job)
                return nil
            }
            return handle
        }
        if let free { run(job, on: free) }
    }

    private func run(_ job: @escaping @Sendable (CurlHandle) -> Void, on handle: CurlHandle) {
        handle.queue.async {
            job(handle)
            let next: (@Sendable (CurlHandle) -> Void)? = self.pool.with { pool in
                if pool.waiting.isEmpty {
                    pool.idle.append(handle)
                    return nil
                }
                return pool.waiting.removeFirst()
            }
            if let next { self.run(next, on: handle) }
        }
    }
}

/// Why there is no whole response, and what there is of it.
package struct HTTPInterruption: Error, Equatable, Sendable {
    /// What went wrong.
    package var failure: HTTPFailure
    /// Status and header fields of the response, without its body, where they came: the request had its effect.
    package var head: HTTPResponse?

    /// A failure after this head; nil: before there was one.
    package init(_ failure: HTTPFailure, head: HTTPResponse? = nil) {
        self.failure = failure
        self.head = head
    }
}

/// What libcurl's callbacks fill while a transfer runs; only the flag is touched from elsewhere.
private final class Transfer: @unchecked Sendable {
    // Sendable: all but the flag is used by the handle's queue alone, inside one call of curl_easy_perform and after it.
    let isCancelled = Atomic<Bool>(false)
    let isBodyWanted: Bool
    let bodyLimit: Int
    var body = Data()
    var dropped = 0
    /// When the head of the answer itself was there; nil: not yet.
    var headAt: ContinuousClock.Instant?
    private var isInterim = false
    var isTooLarge = false
    var headers: [String: String] = [:]

    init(isBodyWanted: Bool, bodyLimit: Int) {
        self.isBodyWanted = isBodyWanted
        self.bodyLimit = bodyLimit
    }

    /// All that is wanted of the answer is there, however the transfer ends.
    var isEnough: Bool { headAt != nil && !isBodyWanted }

    /// The transfer is to be ended now.
    var isOver: Bool {
        if isCancelled.load(ordering: .relaxed) { return true }
        guard let headAt, !isBodyWanted else { return false }
        return ContinuousClock.now - headAt > HTTPClient.unwantedBodyTime
    }

    /// False: stop, this is too much.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard isBodyWanted else {
            dropped += bytes.count
            return dropped <= HTTPClient.unwantedBody
        }
        guard body.count + bytes.count <= bodyLimit else {
            isTooLarge = true
            return false
        }
        unsafe body.append(contentsOf: bytes)
        return true
    }

    /// One line of the response's head.
    func receiveHeader(_ line: String) {
        // A new status line begins a new head: after "100 Continue" comes another.
        if line.hasPrefix("HTTP/") {
            headers = [:]
            headAt = nil
            isInterim = line.split(separator: " ").dropFirst().first?.hasPrefix("1") == true
        }
        if line == "\r\n" || line == "\n", !isInterim { headAt = .now }
        guard let colon = line.firstIndex(of: ":") else { return }
        let name = line[..<colon].lowercased()
        let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        // A list may come in several fields (RFC 9110 section 5.3), and of links each counts.
        headers[name] = name == "link" ? [headers[name], value].compactMap { $0 }.joined(separator: ", ") : value
    }
}

/// One easy handle of libcurl.
@safe private final class CurlHandle: @unchecked Sendable {
    // Sendable: the handle is used on its serial queue alone.
    let queue: DispatchQueue
    private let handle: UnsafeMutableRawPointer?

    /// libcurl wants to be set up once, before its first use by any thread.
    static let library: Bool = smr_curl_global_init() == CURLE_OK

    /// A handle and its queue.
    init(_ number: Int) {
        queue = DispatchQueue(label: "smreconcile.http.\(number)")
        unsafe handle = unsafe curl_easy_init()
    }

    deinit {
        if let handle = unsafe handle { unsafe curl_easy_cleanup(handle) }
    }

    /// Blocks until the response is there or the time is up.
    func perform(
        _ request: HTTPRequest, _ tls: ClientTLS, _ transfer: Transfer
    ) -> Result<HTTPResponse, HTTPInterruption> {
        if transfer.isCancelled.load(ordering: .relaxed) {
            return .failure(HTTPInterruption(.other("the request was cancelled")))
        }
        guard let curl = unsafe handle else {
            return .failure(HTTPInterruption(.other("libcurl has no memory for a handle")))
        }
        // Keeps connections, forgets all options of the request before.
        unsafe curl_easy_reset(curl)
        var headers: UnsafeMutablePointer<curl_slist>? = nil
        defer { unsafe curl_slist_free_all(headers) }
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) {
            guard Self.isOneLine(name), Self.isOneLine(value) else {
                return .failure(
                    HTTPInterruption(.other("header '\(name)' for \(request.place) holds a line break")))
            }
            unsafe headers = unsafe curl_slist_append(headers, "\(name): \(value)")
        }
        // No waiting for "100 Continue" before a body.
        unsafe headers = unsafe curl_slist_append(headers, "Expect:")
        unsafe smr_curl_set_pointer(curl, CURLOPT_HTTPHEADER, headers)
        unsafe configure(curl, request)
        unsafe secure(curl, tls)
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        unsafe setCallbacks(curl, context)
        let code = withExtendedLifetime(transfer) {
            guard let body = request.body else { return unsafe curl_easy_perform(curl) }
            // libcurl reads the body in place during the call.
            return unsafe body.withUnsafeBytes { bytes in
                unsafe smr_curl_set_size(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
                unsafe smr_curl_set_pointer(curl, CURLOPT_POSTFIELDS, bytes.count == 0 ? nil : bytes.baseAddress)
                unsafe smr_curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
                return unsafe curl_easy_perform(curl)
            }
        }
        var status = 0
        unsafe smr_curl_get_long(curl, CURLINFO_RESPONSE_CODE, &status)
        guard code == CURLE_OK || transfer.isEnough else {
            var reason = 0
            unsafe smr_curl_get_long(curl, CURLINFO_OS_ERRNO, &reason)
            let failure = Self.failure(code, request, transfer, reason: Int32(truncatingIfNeeded: reason))
            let head = transfer.headAt.map { _ in HTTPResponse(status: status, headers: transfer.headers) }
            return .failure(HTTPInterruption(failure, head: head))
        }
        return .success(HTTPResponse(status: status, headers: transfer.headers, body: transfer.body))
    }

    private func configure(_ curl: UnsafeMutableRawPointer, _ request: HTTPRequest) {
        unsafe smr_curl_set_string(curl, CURLOPT_URL, request.url)
        unsafe smr_curl_set_string(curl, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe smr_curl_set_string(curl, CURLOPT_USERAGENT, "smreconcile")
        unsafe smr_curl_set_string(curl, CURLOPT_CUSTOMREQUEST, request.method)
        if request.isSentOnce { unsafe smr_curl_set_long(curl, CURLOPT_FRESH_CONNECT, 1) }
        if !request.usesProxy { unsafe smr_curl_set_string(curl, CURLOPT_NOPROXY, "*") }
        if request.method == "HEAD" { unsafe smr_curl_set_long(curl, CURLOPT_NOBODY, 1) }
        // Signals for time-outs would hit whatever thread they like.
        unsafe smr_curl_set_long(curl, CURLOPT_NOSIGNAL, 1)
        unsafe smr_curl_set_long(curl, CURLOPT_FOLLOWLOCATION, 0)
        let timeout = Int(max(1, request.timeout.wholeMilliseconds))
        unsafe smr_curl_set_long(curl, CURLOPT_TIMEOUT_MS, timeout)
        unsafe smr_curl_set_long(
            curl, CURLOPT_CONNECTTIMEOUT_MS, min(timeout, Int(HTTPClient.connectTimeout.wholeMilliseconds)))
        unsafe smr_curl_set_long(curl, CURLOPT_NOPROGRESS, 0)
    }

    /// The file of authorities comes beside the system's directory of them, which libcurl looks into all the same.
    private func secure(_ curl: UnsafeMutableRawPointer, _ tls: ClientTLS) {
        unsafe smr_curl_set_long(curl, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let path = tls.authorities { unsafe smr_curl_set_string(curl, CURLOPT_CAINFO, path) }
        if let path = tls.certificate { unsafe smr_curl_set_string(curl, CURLOPT_SSLCERT, path) }
        if let path = tls.key { unsafe smr_curl_set_string(curl, CURLOPT_SSLKEY, path) }
    }

    private func setCallbacks(_ curl: UnsafeMutableRawPointer, _ context: UnsafeMutableRawPointer) {
        unsafe smr_curl_set_data_callback(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let isTaken = unsafe transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return isTaken ? size * count : 0
        }
        unsafe smr_curl_set_pointer(curl, CURLOPT_WRITEDATA, context)
        unsafe smr_curl_set_data_callback(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
            transfer.receiveHeader(unsafe String(decoding: line, as: UTF8.self))
            return size * count
        }
        unsafe smr_curl_set_pointer(curl, CURLOPT_HEADERDATA, context)
        unsafe smr_curl_set_progress_callback(curl) { context, _, _, _, _ in
            guard let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.isOver ? 1 : 0
        }
        unsafe smr_curl_set_pointer(curl, CURLOPT_XFERINFODATA, context)
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 != 13 && $0 != 10 && $0 != 0 }
    }

    private static func failure(
        _ code: CURLcode, _ request: HTTPRequest, _ transfer: Transfer, reason: Int32
    ) -> HTTPFailure {
        let place = request.place
        let words = unsafe curl_easy_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
        if transfer.isTooLarge {
            return .other("the answer of \(place) is larger than \(transfer.bodyLimit) bytes")
        }
        switch code {
        case CURLE_ABORTED_BY_CALLBACK: return .other("the request to \(place) was cancelled")
        case CURLE_COULDNT_CONNECT:
            return .unreachable("cannot reach \(place): \(reason == 0 ? "no connection" : SystemError.words(reason))")
        case CURLE_COULDNT_RESOLVE_HOST: return .unreachable("cannot reach \(place): no such host")
        case CURLE_SSL_CONNECT_ERROR:
            return .unreachable("cannot reach \(place) safely: \(words.lowercased())")
        case CURLE_PEER_FAILED_VERIFICATION:
            return .unreachable(
                "cannot reach \(place) safely: its certificate is for another host, or expired, or of an authority that is not known here"
            )
        case CURLE_SSL_CACERT_BADFILE:
            return .unreachable(
                "cannot reach \(place) safely: the file of authorities cannot be read, or holds none in PEM")
        case CURLE_SSL_CERTPROBLEM:
            return .unreachable("cannot reach \(place) safely: the client's own certificate or key cannot be used")
        case CURLE_OPERATION_TIMEDOUT:
            return .timedOut("no answer from \(place) within \(request.timeout.specText)")
        case CURLE_UNSUPPORTED_PROTOCOL: return .other("cannot ask \(place): only http and https are spoken")
        default: return .other("cannot ask \(place): \(words.lowercased())")
        }
    }
}
