internal import Foundation
internal import Glibc

/// What this process uses of its machine, from proc(5). Reading it is a copy out of the kernel's memory: no disk is waited for.
struct ProcessUse: Sendable, Equatable {
    /// User and system.
    var cpuSeconds: Double
    var residentBytes: Int
    var openFiles: Int
    var maximumFiles: Int
    var startSeconds: Double

    /// Nil where there is no /proc.
    static func current() -> ProcessUse? {
        guard let stat = text("/proc/self/stat"), let boot = text("/proc/stat"),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        return ProcessUse(
            stat: stat, boot: boot, openFiles: files.count, ticks: Double(sysconf(Int32(_SC_CLK_TCK))),
            page: sysconf(Int32(_SC_PAGESIZE)), limits: text("/proc/self/limits") ?? "")
    }

    /// From the texts of the files; `ticks` are per second.
    init?(stat: String, boot: String, openFiles: Int, ticks: Double, page: Int, limits: String) {
        // The second field is the program's name in parentheses, and may hold anything.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19]), let pages = Int(fields[21]), ticks > 0
        else { return nil }
        cpuSeconds = (user + system) / ticks
        residentBytes = pages * page
        self.openFiles = openFiles
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        maximumFiles = line.flatMap { Int($0.split(separator: " ").dropFirst(3).first ?? "") } ?? 0
        let booted = boot.split(separator: "\n").first { $0.hasPrefix("btime ") }?.dropFirst(6)
        startSeconds = (booted.flatMap { Double($0) } ?? 0) + start / ticks
    }

    private static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))
    }
}
