import Foundation
import Glibc

@testable import Providers

/// The processes of this machine, as far as they belong to a workspace.
enum Machine {
    /// A living process.
    struct Process: Hashable {
        var pid: Int32
        var arguments: [String]
        /// Who started it; 1 or a reaper when that one is gone.
        var parent: Int32
    }

    /// Those that name `path` in their arguments or environment, or work below it. Zombies are left out, and we ourselves.
    static func processes(of path: String) -> [Process] {
        ProcessTable.all().compactMap { entry in
            guard !entry.isDead, entry.pid != getpid() else { return nil }
            let folder = "/proc/\(entry.pid)"
            let line = text("\(folder)/cmdline")
            let place = (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/cwd")) ?? ""
            guard line.contains(path) || place.hasPrefix(path) || text("\(folder)/environ").contains(path) else {
                return nil
            }
            return Process(
                pid: entry.pid, arguments: line.split(separator: "\0").map(String.init), parent: parent(of: entry.pid))
        }
    }

    /// True while the process lives; a zombie does not.
    static func isAlive(_ pid: Int32) -> Bool { ProcessTable.entry(pid).map { !$0.isDead } ?? false }

    /// The variables that a process began with.
    static func environment(of pid: Int32) -> [String: String] {
        let pairs = text("/proc/\(pid)/environ").split(separator: "\0").compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// What a process holds in memory (proc(5), VmRSS); 0 when it is gone.
    static func residentKiB(of pid: Int32) -> Int { number("VmRSS", of: pid) ?? 0 }

    private static func parent(of pid: Int32) -> Int32 { number("PPid", of: pid).map(Int32.init) ?? 0 }

    /// A field of proc(5)'s `status`; nil when the process is gone.
    private static func number(_ field: String, of pid: Int32) -> Int? {
        let line = text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("\(field):") }
        return line.flatMap { Int($0.filter(\.isNumber)) }
    }

    /// Files of `/proc` have no size beforehand; one that is gone is empty.
    private static func text(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
