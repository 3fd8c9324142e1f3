/// The audit log, as metrics.
enum AuditMetrics {
    /// Writes what became of its entries.
    static func write(_ counts: AuditTrail.Counts, into text: inout MetricText) {
        text.family("smreconcile_audit_entries_total", .counter, "Entries of the audit log that are stored.")
        text.sample("smreconcile_audit_entries_total", [], counts.written)
        text.family("smreconcile_audit_waiting_entries", .gauge, "Entries that wait for the store.")
        text.sample("smreconcile_audit_waiting_entries", [], counts.waiting)
        text.family(
            "smreconcile_audit_lost_entries_total", .counter, "Entries that were too many to wait for the store.")
        text.sample("smreconcile_audit_lost_entries_total", [], counts.lost)
    }
}
