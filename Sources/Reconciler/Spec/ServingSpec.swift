extension ManagerSpec.API {
    /// `tls`: HTTPS beside HTTP.
    package struct TLS: Sendable, Equatable {
        /// What a client must show.
        package enum ClientCertificates: String, Sendable, Equatable, CaseIterable {
            /// None is needed; one that is shown must be good.
            case optional
            /// Without a good one there is no connection.
            case required
        }

        /// What becomes of plain HTTP.
        package enum PlainHTTP: String, Sendable, Equatable, CaseIterable {
            /// It is answered like HTTPS.
            case serve
            /// It is sent to HTTPS, but for `/healthz` and `/readyz`.
            case redirect
            /// Nobody listens there.
            case off
        }

        /// The oldest version that is spoken.
        package enum Version: String, Sendable, Equatable, CaseIterable {
            /// RFC 5246.
            case tls12 = "1.2"
            /// RFC 8446.
            case tls13 = "1.3"
        }

        /// A PEM file: the server's certificate first, then those between it and the authority.
        package var certificate = ""
        /// A PEM file with the certificate's key, not encrypted.
        package var key = ""
        /// A PEM file with the authorities that vouch for clients; nil: clients show no certificate.
        package var clientCA: String?
        /// Whether each client must show one.
        package var clients: ClientCertificates = .required
        /// See ``Version``.
        package var minimum: Version = .tls12
        /// `address:port`; nil: port 443 on the host of `listen`.
        package var listen: String?
        /// See ``PlainHTTP``.
        package var http: PlainHTTP = .serve
        /// For how long browsers keep to HTTPS (RFC 6797), whole seconds; zero: they are not told to.
        package var hsts: Duration = .seconds(365 * 86_400)
        package init() {}
    }

    /// `cors`: which pages of other origins may read answers (fetch.spec.whatwg.org, section 3.2). Empty: none.
    package struct CORS: Sendable, Equatable {
        /// Exact origins such as `https://app.example.org`; `*` alone for any.
        package var origins: [String] = []
        /// For how long a browser remembers a preflight's answer.
        package var maxAge: Duration = .seconds(600)
        package init() {}
    }

    /// `limits`: what a client may take. Over it there is an answer where one is possible, else the connection is closed.
    package struct Limits: Sendable, Equatable {
        /// Open connections of everybody; 503 over it. Read at the start.
        package var connections = 16_384
        /// Open connections of one address (IPv6: one /64); 429 over it. Trusted proxies have no such limit. Nil: 1,000, and none for
        /// this machine itself.
        package var connectionsPerAddress: Int?
        /// Bytes of a request's head, 431 over it. The memory of each connection follows from it. Read at the start.
        package var headerBytes = 12 << 10
        /// Header fields of a request; 431 over it.
        package var headers = 100
        /// From the connection's start (with the TLS handshake), or from the request line, to the end of the head; 408.
        package var headTime: Duration = .seconds(10)
        /// A body that comes slower than this many bytes per second, on the average since its start, is cut; 408.
        package var bodyRate = 500
        /// The rule of ``bodyRate`` counts after so long.
        package var bodyGrace: Duration = .seconds(5)
        /// From the end of the head to the end of the body; 408.
        package var bodyTime: Duration = .seconds(60)
        /// An answer must be taken within this time; the connection is closed.
        package var answerTime: Duration = .seconds(60)
        /// Between an answer and the next request; the connection is closed.
        package var idleTime: Duration = .seconds(60)
        package init() {}
    }
}
