#pragma once
#include <stddef.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

// Wrappers of what Swift cannot call: variadic functions, and unions behind them.

/// Called with the raw request target, before anything else of a request. What it returns is the `con_cls` of the handler and of the
/// completion of this request.
typedef void *(*smr_mhd_target_callback)(void *context, const char *target, struct MHD_Connection *connection);

/// What a daemon is started with.
struct smr_mhd_options {
    /// A listening socket, which the daemon takes over.
    int listen_socket;
    /// Threads that answer, each with its own epoll.
    unsigned int threads;
    unsigned int connection_limit;
    size_t connection_memory;
    /// 1 for TLS: each session's certificate is set as its connection begins.
    int is_tls;
    /// GnuTLS' words for versions and suites; not used without TLS.
    const char *priorities;
    /// Asked before a connection is taken: MHD_NO closes it.
    MHD_AcceptPolicyCallback accept;
    MHD_AccessHandlerCallback handler;
    smr_mhd_target_callback target;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
    void *context;
};

/// No certificate but the one that a session was given: without this the daemon wants one of its own.
static int smr_mhd_no_certificate(
    gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certificates,
    unsigned int *count, gnutls_ocsp_data_st **ocsp, unsigned int *ocsp_count, gnutls_privkey_t *key,
    unsigned int *flags) {
    (void)session, (void)info, (void)certificates, (void)count, (void)ocsp, (void)ocsp_count, (void)key, (void)flags;
    return -1;
}

/// An epoll daemon with a thread pool; NULL when it cannot be started, with errno set.
static inline struct MHD_Daemon *smr_mhd_start(const struct smr_mhd_options *options) {
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)options->priorities},
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *)smr_mhd_no_certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
    return MHD_start_daemon(
        options->is_tls ? flags | MHD_USE_TLS : flags, 0, options->accept, options->context, options->handler,
        options->context, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)options->listen_socket, MHD_OPTION_THREAD_POOL_SIZE,
        options->threads > 1 ? options->threads : 0u, MHD_OPTION_CONNECTION_LIMIT, options->connection_limit,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, options->target, options->context,
        MHD_OPTION_NOTIFY_COMPLETED, options->completed, options->context, MHD_OPTION_NOTIFY_CONNECTION,
        options->connection, options->context, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_ARRAY,
        options->is_tls ? secure : plain, MHD_OPTION_END);
}

/// What the connection callback stored for this connection; NULL if nothing.
static inline void *smr_mhd_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/// The client's address; NULL when it is not known.
static inline const struct sockaddr *smr_mhd_client(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

/// The connection's socket; -1 when it is not known.
static inline int smr_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : (int)info->connect_fd;
}

/// Bytes of the request's head, with the request line and the empty line; 0 when it is not known.
static inline ptrdiff_t smr_mhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : (ptrdiff_t)info->header_size;
}

/// The connection's TLS session; NULL without TLS.
static inline gnutls_session_t smr_mhd_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : (gnutls_session_t)info->tls_session;
}
