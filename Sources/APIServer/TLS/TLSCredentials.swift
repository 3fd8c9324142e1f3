internal import CGnuTLS
internal import Glibc
internal import Reconciler

/// A certificate, its key and the authorities of clients, as GnuTLS serves them. It never changes: new files make a new one, and sessions
/// hold the one that they began with. Nothing else imports GnuTLS.
///
/// `@unchecked Sendable`: the library's credentials and priorities are only read once they are set up, which it allows from any number
/// of threads (gnutls.org/manual, "Thread safety").
@safe
final class TLSCredentials: @unchecked Sendable {
    /// What the files hold.
    struct Material: Sendable {
        /// For messages.
        var settings: ManagerSpec.API.TLS
        /// The files' bytes.
        var certificate: [UInt8]
        var key: [UInt8]
        var clientCA: [UInt8]?
    }

    /// What the certificate says of itself.
    let facts: CertificateFacts
    private let credentials: gnutls_certificate_credentials_t
    private let priorities: gnutls_priority_t
    private let request: gnutls_certificate_request_t
    private let ticketKey: TicketKey?

    /// Forward secrecy and authenticated encryption alone (RFC 9325 section 4.2); the server's order counts.
    static func words(minimum: ManagerSpec.API.TLS.Version) -> String {
        let versions = minimum == .tls13 ? "+VERS-TLS1.3" : "+VERS-TLS1.3:+VERS-TLS1.2"
        return "NONE:\(versions):+ECDHE-ECDSA:+ECDHE-RSA:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+COMP-NULL"
            + ":+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+CTYPE-X509"
            + ":+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-RSA-PSS-RSAE-SHA256"
            + ":+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384"
            + ":+SIGN-ECDSA-SHA512:+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512:+SIGN-EDDSA-ED25519:%SERVER_PRECEDENCE"
    }

    /// Reads and checks all of it.
    init(_ material: Material, tickets: TicketKey?) throws(TLSFailure) {
        let settings = material.settings
        facts = try Self.facts(material.certificate, settings.certificate)
        try Self.checkKey(material.key, settings.key)
        var made: gnutls_certificate_credentials_t?
        guard unsafe gnutls_certificate_allocate_credentials(&made) == 0, let made = unsafe made else {
            throw TLSFailure("there is no memory for a certificate")
        }
        var order: gnutls_priority_t?
        guard unsafe gnutls_priority_init(&order, Self.words(minimum: settings.minimum), nil) == 0,
            let order = unsafe order
        else {
            unsafe gnutls_certificate_free_credentials(made)
            throw TLSFailure("GnuTLS does not know the suites that are asked for; install GnuTLS 3.7 or newer")
        }
        unsafe credentials = unsafe made
        unsafe priorities = unsafe order
        ticketKey = material.clientCA == nil ? tickets : nil
        if material.clientCA == nil {
            request = GNUTLS_CERT_IGNORE
        } else {
            request = settings.clients == .required ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST
        }
        try usePair(material)
        try useAuthorities(material)
    }

    deinit {
        unsafe gnutls_certificate_free_credentials(credentials)
        unsafe gnutls_priority_deinit(priorities)
    }

    /// The settings of a session whose handshake did not begin yet. False: it must be closed.
    func begin(_ session: OpaquePointer) -> Bool {
        guard unsafe smr_tls_use(session, credentials) == 0, unsafe gnutls_priority_set(session, priorities) == 0,
            unsafe smr_tls_offer_http1(session) == 0
        else { return false }
        unsafe gnutls_certificate_server_set_request(session, request)
        unsafe ticketKey?.enable(session)
        return true
    }

    /// Lets a session whose handshake did not begin yet tell each time when it waits for the client: `dry` gets `context` and `connection`.
    /// What this returns is to be freed when the connection ends; nil where there is no memory.
    static func watchHandshake(
        of session: OpaquePointer, socket: CInt, _ connection: OpaquePointer,
        _ dry: @convention(c) (UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Void,
        _ context: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer? {
        unsafe smr_tls_watch_handshake(session, socket, UnsafeMutableRawPointer(connection), dry, context)
    }

    // MARK: - Reading

    private func usePair(_ material: Material) throws(TLSFailure) {
        let settings = material.settings
        let code = unsafe Self.withDatum(material.certificate) { certificate in
            unsafe Self.withDatum(material.key) { key in
                unsafe gnutls_certificate_set_x509_key_mem2(
                    credentials, certificate, key, GNUTLS_X509_FMT_PEM, nil, 0)
            }
        }
        if code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH {
            throw TLSFailure(
                "the key in '\(settings.key)' is not that of the first certificate in '\(settings.certificate)'; name the pair that belongs together, the server's own certificate first"
            )
        }
        guard code >= 0 else {
            throw TLSFailure("'\(settings.certificate)' and '\(settings.key)' cannot be used: \(Self.words(code))")
        }
    }

    private func useAuthorities(_ material: Material) throws(TLSFailure) {
        guard let authorities = material.clientCA, let path = material.settings.clientCA else { return }
        let count = unsafe Self.withDatum(authorities) {
            unsafe gnutls_certificate_set_x509_trust_mem(credentials, $0, GNUTLS_X509_FMT_PEM)
        }
        guard count > 0 else {
            throw TLSFailure(
                "'\(path)' holds no certificate of an authority"
                    + (count < 0 ? ": \(Self.words(count))" : "; it must be PEM, 'BEGIN CERTIFICATE'"))
        }
        unsafe gnutls_certificate_set_verify_function(credentials) { session in
            unsafe session.map { unsafe smr_tls_check_client($0) } ?? GNUTLS_E_CERTIFICATE_ERROR
        }
    }

    private static func checkKey(_ bytes: [UInt8], _ path: String) throws(TLSFailure) {
        var key: gnutls_x509_privkey_t?
        guard unsafe gnutls_x509_privkey_init(&key) == 0, let key = unsafe key else {
            throw TLSFailure("there is no memory for a key")
        }
        defer { unsafe gnutls_x509_privkey_deinit(key) }
        let code = unsafe withDatum(bytes) {
            unsafe gnutls_x509_privkey_import2(key, $0, GNUTLS_X509_FMT_PEM, nil, 0)
        }
        if code == GNUTLS_E_DECRYPTION_FAILED {
            throw TLSFailure(
                "the key in '\(path)' is encrypted; write it without a passphrase ('openssl pkey -in ... -out ...')")
        }
        guard code >= 0 else {
            throw TLSFailure("'\(path)' holds no private key in PEM ('BEGIN PRIVATE KEY'): \(words(code))")
        }
    }

    private static func facts(_ bytes: [UInt8], _ path: String) throws(TLSFailure) -> CertificateFacts {
        var list: UnsafeMutablePointer<gnutls_x509_crt_t?>?
        var size: UInt32 = 0
        let code = unsafe withDatum(bytes) {
            unsafe gnutls_x509_crt_list_import2(&list, &size, $0, GNUTLS_X509_FMT_PEM, 0)
        }
        guard code >= 0, let list = unsafe list, size > 0, let own = unsafe list[0] else {
            let words = code < 0 ? ": \(words(code))" : ""
            throw TLSFailure("'\(path)' holds no certificate in PEM ('BEGIN CERTIFICATE')\(words)")
        }
        defer {
            for index in 0..<Int(size) { unsafe gnutls_x509_crt_deinit(list[index]) }
            unsafe smr_tls_free(list)
        }
        var bits: UInt32 = 0
        let algorithm = unsafe smr_tls_key_algorithm(own, &bits)
        let name = unsafe smr_tls_key_name(algorithm).map { unsafe String(cString: $0) } ?? "unknown key"
        var facts = CertificateFacts(
            names: unsafe names(of: own), notBefore: unsafe timestamp(gnutls_x509_crt_get_activation_time(own)),
            notAfter: unsafe timestamp(gnutls_x509_crt_get_expiration_time(own)), chainLength: Int(size), keyName: name,
            keyBits: Int(bits))
        for index in 1..<max(1, Int(size)) {
            unsafe facts.notBefore = max(facts.notBefore, timestamp(gnutls_x509_crt_get_activation_time(list[index])))
            unsafe facts.notAfter = min(facts.notAfter, timestamp(gnutls_x509_crt_get_expiration_time(list[index])))
        }
        return facts
    }

    /// No certificate of sense is for more hosts.
    private static let maximumNames: UInt32 = 1000

    private static func names(of certificate: gnutls_x509_crt_t) -> [String] {
        var names: [String] = []
        for index in 0..<maximumNames {
            var buffer = [UInt8](repeating: 0, count: 256)
            var size = buffer.count
            let kind = unsafe gnutls_x509_crt_get_subject_alt_name(certificate, index, &buffer, &size, nil)
            if kind == GNUTLS_E_SHORT_MEMORY_BUFFER { continue }
            if kind < 0 { break }
            let bytes = buffer[..<min(size, buffer.count)]
            switch UInt32(kind) {
            case GNUTLS_SAN_DNSNAME.rawValue: names.append(String(decoding: bytes, as: UTF8.self))
            case GNUTLS_SAN_IPADDRESS.rawValue where size == 4:
                names.append(bytes.map { "\($0)" }.joined(separator: "."))
            case GNUTLS_SAN_IPADDRESS.rawValue: names.append("an IPv6 address")
            default: break
            }
        }
        return names
    }

    private static func timestamp(_ seconds: time_t) -> Timestamp { Timestamp(milliseconds: Int64(seconds) * 1000) }

    private static func words(_ code: CInt) -> String {
        let text = unsafe gnutls_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
        return sentence.prefix(1).lowercased() + sentence.dropFirst()
    }

    /// The library only reads what it is given here.
    private static func withDatum<Result>(
        _ bytes: [UInt8], _ body: (UnsafePointer<gnutls_datum_t>) -> Result
    ) -> Result {
        var bytes = bytes
        return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var datum = unsafe gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
            return unsafe body(&datum)
        }
    }
}

/// The key of session tickets (RFC 8446 section 4.6.1): who comes again needs no whole handshake. It is drawn at the start; the library
/// derives from it one for each few hours.
///
/// `@unchecked Sendable`: the bytes never change once they are drawn.
@safe
final class TicketKey: @unchecked Sendable {
    private var datum = unsafe gnutls_datum_t()

    /// A new one; nil where no randomness is to be had.
    init?() {
        guard unsafe gnutls_session_ticket_key_generate(&datum) == 0 else { return nil }
    }

    deinit {
        unsafe memset(datum.data, 0, Int(datum.size))
        unsafe smr_tls_free(datum.data)
    }

    /// The session gives and takes tickets.
    func enable(_ session: OpaquePointer) { unsafe gnutls_session_ticket_enable_server(session, &datum) }
}
