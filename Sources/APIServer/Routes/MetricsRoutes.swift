internal import Reconciler

/// What Prometheus reads.
struct MetricsRoutes: Sendable {
    /// What they work with.
    let services: APIServices
    /// What the API answered.
    let meter: RequestMeter
    /// All routes, their numbers with them.
    let table: @Sendable () -> [Route]

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/metrics", .rolesUnless({ services.live.snapshot.spec.manager.api.areMetricsOpen }, .readers),
                "Metrics in the text format of Prometheus", .later { _ async throws(Problem) in await answer() }
            )
            .query(bearingUnknown: []).answers(.text, "The metrics.", contentType: MetricText.contentType)
        ]
    }

    private func answer() async -> HTTPResponse {
        var text = MetricText()
        ProcessMetrics.write(ProcessUse.current(), version: services.version, into: &text)
        FleetMetrics.write(services.live.snapshot, into: &text)
        ActivityMetrics.write(services.activity.counts, into: &text)
        AuditMetrics.write(services.audit.counts, into: &text)
        WebhookMetrics.write(await services.webhooks?.statuses() ?? [], into: &text)
        if let certificate = services.certificate() { CertificateMetrics.write(certificate, into: &text) }
        RequestMetrics.write(meter, routes: table(), into: &text)
        return HTTPResponse(
            status: 200, contentType: MetricText.contentType, body: Array(text.text.utf8), marks: .noStore)
    }
}
