/// How a client of ours speaks TLS, beside the system's own authorities.
package struct ClientTLS: Sendable, Equatable {
    /// A PEM file with authorities that are believed too; nil: those of the system alone.
    package var authorities: String?
    /// A PEM file with the client's own certificate; nil: it shows none.
    package var certificate: String?
    /// A PEM file with that certificate's key.
    package var key: String?

    /// These.
    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }
}
