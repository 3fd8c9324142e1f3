/// What this process uses, under the names that every Prometheus client library gives.
enum ProcessMetrics {
    /// Writes the program's version and its use of the machine.
    static func write(_ use: ProcessUse?, version: String, into text: inout MetricText) {
        text.family("smreconcile_build_info", .gauge, "1, with the version of the program.")
        text.sample("smreconcile_build_info", [("version", version)], 1)
        guard let use else { return }
        func sample(_ name: String, _ kind: MetricText.Kind, _ help: String, _ value: Double) {
            text.family(name, kind, help)
            text.sample(name, [], value)
        }
        sample("process_cpu_seconds_total", .counter, "User and system time.", use.cpuSeconds)
        sample("process_resident_memory_bytes", .gauge, "Memory that is resident.", Double(use.residentBytes))
        sample("process_open_fds", .gauge, "Open file descriptors.", Double(use.openFiles))
        sample("process_max_fds", .gauge, "The limit of open file descriptors.", Double(use.maximumFiles))
        sample("process_start_time_seconds", .gauge, "When the process started, since 1970.", use.startSeconds)
    }
}
