internal import Reconciler

/// The certificate of HTTPS, as metrics.
enum CertificateMetrics {
    /// Writes when it ends, and whether its files are in use.
    static func write(_ certificate: CertificateState, into text: inout MetricText) {
        text.family("smreconcile_tls_certificate_expiry_timestamp_seconds", .gauge, "When the certificate in use ends.")
        text.sample(
            "smreconcile_tls_certificate_expiry_timestamp_seconds", [], Double(certificate.notAfter.milliseconds) / 1000
        )
        text.family("smreconcile_tls_certificate_current", .gauge, "1 when the files' certificate is the one in use.")
        text.sample("smreconcile_tls_certificate_current", [], certificate.areFilesInUse ? 1 : 0)
    }
}
