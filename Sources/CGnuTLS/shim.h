#pragma once
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
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
    // One that is for servers alone is no client's (RFC 5280 section 4.2.1.12); one that says nothing is for all.
    gnutls_typed_vdata_st purpose = {
        .type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT, .size = 0};
    if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status != 0) return GNUTLS_E_CERTIFICATE_ERROR;
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

/// Called when a handshake has read all that the client has sent, and needs more.
typedef void (*smr_tls_dry_callback)(void *context, void *connection);

/// Where a session reads.
struct smr_tls_wire {
    void *connection;
    int socket;
    /// 1 once the client's part of the handshake is over.
    int is_open;
    smr_tls_dry_callback dry;
    void *context;
};

static ssize_t smr_tls_pull(gnutls_transport_ptr_t pointer, void *bytes, size_t size) {
    struct smr_tls_wire *wire = (struct smr_tls_wire *)pointer;
    ssize_t count = recv(wire->socket, bytes, size, 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && !wire->is_open) {
        wire->dry(wire->context, wire->connection);
        errno = EAGAIN;
    }
    return count;
}

static int smr_tls_finished(
    gnutls_session_t session, unsigned int type, unsigned int when, unsigned int incoming,
    const gnutls_datum_t *message) {
    (void)type, (void)when, (void)message;
    gnutls_transport_ptr_t reading, writing;
    gnutls_transport_get_ptr2(session, &reading, &writing);
    if (incoming) ((struct smr_tls_wire *)reading)->is_open = 1;
    return 0;
}

/// Lets a session whose handshake did not begin yet tell when it waits for the client. What this returns is to be freed when the
/// connection ends; NULL where there is no memory.
static inline void *smr_tls_watch_handshake(
    gnutls_session_t session, int socket, void *connection, smr_tls_dry_callback dry, void *context) {
    struct smr_tls_wire *wire = malloc(sizeof *wire);
    if (wire == NULL) return NULL;
    *wire = (struct smr_tls_wire){connection, socket, 0, dry, context};
    gnutls_transport_ptr_t reading, writing;
    gnutls_transport_get_ptr2(session, &reading, &writing);
    gnutls_transport_set_ptr2(session, wire, writing);
    gnutls_transport_set_pull_function(session, smr_tls_pull);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_PRE, smr_tls_finished);
    return wire;
}
