#pragma once
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

// Wrappers of what Swift cannot import: casts in macros, and out-parameters of enumerations.

/// Takes a session's certificate credentials; 0 or a negative error.
static inline int smr_tls_use(gnutls_session_t session, gnutls_certificate_credentials_t credentials) {
    return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
}

/// The answer to a handshake whose client certificate is not good, as the alert says it: 0 lets the handshake go on.
static inline int smr_tls_check_client(gnutls_session_t session) {
    unsigned int count = 0, status = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    // Whether there must be one is the session's own setting, which the library has looked at by now.
    if (chain == NULL || count == 0) return 0;
    if (gnutls_certificate_verify_peers2(session, &status) < 0 || status != 0) return GNUTLS_E_CERTIFICATE_ERROR;
    return 0;
}

/// Only this protocol is offered; a client that asks for others alone is refused (RFC 7301 section 3.2).
static inline int smr_tls_offer_http1(gnutls_session_t session) {
    static unsigned char name[] = "http/1.1";
    gnutls_datum_t protocol = {name, sizeof name - 1};
    return gnutls_alpn_set_protocols(session, &protocol, 1, GNUTLS_ALPN_MANDATORY);
}

/// The number of bits of a certificate's key, and its algorithm's number.
static inline int smr_tls_key_algorithm(gnutls_x509_crt_t certificate, unsigned int *bits) {
    return gnutls_x509_crt_get_pk_algorithm(certificate, bits);
}

static inline const char *smr_tls_key_name(int algorithm) {
    return gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm);
}

/// Frees what the library made; its own function is a variable.
static inline void smr_tls_free(void *memory) { gnutls_free(memory); }
