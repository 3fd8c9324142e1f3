internal import Foundation

/// The metrics of the machine the agent runs on, from `/proc`.
struct MachineLoad: Sendable {
    /// Jiffies since boot, of all processors.
    private struct Ticks: Equatable {
        var busy: Double
        var total: Double
    }

    private var last: Ticks?

    init() {}

    /// Reads `/proc`; what cannot be read is left out.
    mutating func sample() -> [String: Double] {
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        return sample(stat: text("/proc/stat"), load: text("/proc/loadavg"), memory: text("/proc/meminfo"))
    }

    /// `cpu.system.load` is the busy share since the sample before, 0...1: there is none in the first.
    mutating func sample(stat: String, load: String, memory: String) -> [String: Double] {
        var metrics: [String: Double] = [:]
        if let now = Self.ticks(stat) {
            if let last, now.total > last.total {
                metrics["cpu.system.load"] = min(1, max(0, (now.busy - last.busy) / (now.total - last.total)))
            }
            last = now
        }
        let averages = load.split(separator: " ").prefix(3).compactMap { Double($0) }
        for (name, value) in zip(["1min", "5min", "15min"], averages) { metrics["cpu.loadavg.\(name)"] = value }
        if let total = Self.bytes("MemTotal", memory), let free = Self.bytes("MemAvailable", memory) {
            metrics["memory.system.totalphysical"] = total
            metrics["memory.system.freephysical"] = free
        }
        return metrics
    }

    private static func ticks(_ stat: String) -> Ticks? {
        guard let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
        // user nice system idle iowait irq softirq steal; guest times are part of user and nice already.
        let values = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard values.count >= 5 else { return nil }
        let total = values.reduce(0, +)
        return Ticks(busy: total - values[3] - values[4], total: total)
    }

    private static func bytes(_ name: String, _ memory: String) -> Double? {
        memory.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            .flatMap { $0.split(separator: " ").dropFirst().first }
            .flatMap { Double($0) }
            .map { $0 * 1024 }
    }
}
