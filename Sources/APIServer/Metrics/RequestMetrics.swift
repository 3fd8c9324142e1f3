/// What the API answered, as metrics.
enum RequestMetrics {
    /// Writes the requests of all routes. Routes that nobody asked are left out.
    static func write(_ meter: RequestMeter, routes: [Route], into text: inout MetricText) {
        let rows: [(labels: [(String, String)], counts: RequestMeter.Counts)] =
            routes.map { route in
                ([("method", route.method.rawValue), ("route", route.pattern)], meter.counts(of: route.number))
            } + [([("method", ""), ("route", "")], meter.counts(of: nil))]
        let asked = rows.filter { !$0.counts.statuses.isEmpty }
        text.family(
            "smreconcile_http_requests_total", .counter, "Requests by route and status; without a route: none fits.")
        for row in asked {
            for (status, count) in row.counts.statuses {
                text.sample(
                    "smreconcile_http_requests_total",
                    row.labels + [("status", status == 0 ? "other" : "\(status)")], Double(count))
            }
        }
        let name = "smreconcile_http_request_duration_seconds"
        text.family(name, .histogram, "From the whole request to its answer.")
        for row in asked {
            var sum: UInt64 = 0
            for (bound, count) in zip(RequestMeter.bounds, row.counts.buckets) {
                sum += count
                text.sample("\(name)_bucket", row.labels + [("le", "\(Double(bound) / 1e6)")], Double(sum))
            }
            sum += row.counts.buckets.last ?? 0
            text.sample("\(name)_bucket", row.labels + [("le", "+Inf")], Double(sum))
            text.sample("\(name)_sum", row.labels, Double(row.counts.microseconds) / 1e6)
            text.sample("\(name)_count", row.labels, Double(sum))
        }
    }
}
