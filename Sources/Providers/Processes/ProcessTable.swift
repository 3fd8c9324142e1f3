internal import Foundation
internal import Glibc

/// What `/proc` says of processes (proc(5)). The table changes while it is read: a process that goes is left out.
enum ProcessTable {
    /// The facts by which a process is known again: a number is reused, a number with its start time is not.
    struct Entry: Sendable, Equatable {
        var pid: Int32
        /// `Z` and `X` are dead ones that nobody has waited for.
        var state: Character
        var group: Int32
        var session: Int32
        /// In clock ticks since boot.
        var startTime: UInt64

        var isDead: Bool { state == "Z" || state == "X" }
    }

    /// Differs from boot to boot, so that start times of two boots are never mixed up.
    static let bootID: String =
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?
        .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""

    /// Nil when there is no such process.
    static func entry(_ pid: Int32) -> Entry? {
        contents("/proc/\(pid)/stat").flatMap { parse(String(decoding: $0, as: UTF8.self)) }
    }

    /// Every process, by its number.
    static func all() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).sorted().compactMap(entry)
    }

    /// The value of a variable in the environment that the process began with; nil when it had none, or is somebody else's.
    ///
    /// A program may overwrite that memory later (some do, to show a title); then this is nil.
    static func environment(of pid: Int32, _ variable: String) -> String? {
        guard let data = contents("/proc/\(pid)/environ"), let found = data.range(of: Data("\(variable)=".utf8)) else {
            return nil
        }
        guard found.lowerBound == data.startIndex || data[found.lowerBound - 1] == 0 else {
            // Within another one's name or value: look at each.
            let wanted = Data("\(variable)=".utf8)
            return data.split(separator: 0).first { $0.starts(with: wanted) }
                .map { String(decoding: $0.dropFirst(wanted.count), as: UTF8.self) }
        }
        return String(decoding: data[found.upperBound...].prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The words that a process was started with; empty when it is gone.
    static func arguments(of pid: Int32) -> [String] {
        (contents("/proc/\(pid)/cmdline") ?? Data()).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// One line of `/proc/<pid>/stat`. The name, in parentheses, may hold anything, even parentheses and spaces.
    static func parse(_ line: String) -> Entry? {
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close,
            let pid = Int32(line[..<open].trimmingCharacters(in: .whitespaces))
        else { return nil }
        let fields = line[line.index(after: close)...].split(separator: " ")
        // Field 3 of the manual page is the first here: 5 is the group, 6 the session, 22 the start time.
        guard fields.count > 19, let state = fields[0].first, let group = Int32(fields[2]),
            let session = Int32(fields[3]), let startTime = UInt64(fields[19])
        else { return nil }
        return Entry(pid: pid, state: state, group: group, session: session, startTime: startTime)
    }

    /// Files of `/proc` have no size beforehand: read to the end.
    private static func contents(_ path: String) -> Data? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var data = Data()
        var buffer = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return data }
            data.append(contentsOf: buffer[..<count])
        }
    }
}
