internal import Foundation
internal import Glibc
internal import Reconciler

/// Whether the data directory can be written to, has room, and keeps what it is told.
enum DiskDoctor {
    private static let check = "disk"
    /// With less the next growth of the log may fail.
    static let leastBytes = 64 << 20
    /// With less somebody should look.
    static let fewBytes = 512 << 20
    static let fewFiles = 1000
    /// Each decision waits for the disk; slower than this, a round is late.
    static let slowSync: Duration = .milliseconds(200)

    /// What was found out about a directory.
    struct Facts: Sendable, Equatable {
        /// What is there of it: itself, or the nearest folder above that is there.
        var place: String
        var isThere: Bool
        /// Nil: it may be written to.
        var refusal: String?
        var freeBytes: Int
        /// Nil: the file system does not count them.
        var freeFiles: Int?
        /// How long a few bytes took to be on the disk; nil: not tried.
        var sync: Duration?
        /// A file system that is known for locks that do not hold, by its name.
        var network: String?
        /// Its mode lets others in.
        var isOpen: Bool
        /// The refusal is for want of room, or of what a quota leaves: permissions are not the matter.
        var isFull = false
    }

    static func examine(_ directory: String) -> [DoctorFinding] { judge(directory, facts(of: directory)) }

    static func judge(_ directory: String, _ facts: Facts) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if let refusal = facts.refusal {
            findings.append(
                .fail(
                    check, "'\(facts.place)' cannot be written to: \(refusal)",
                    facts.isFull
                        ? "make room, in bytes and in files, or raise the quota: nothing is decided until the store can be written"
                        : "give it to the manager's user, or name another --data"))
        } else if !facts.isThere {
            findings.append(.ok(check, "'\(directory)' is not there yet, and can be made in '\(facts.place)'"))
        }
        let room = "\(Self.size(facts.freeBytes)) free in '\(facts.place)'"
        if facts.freeBytes < leastBytes {
            findings.append(
                .fail(check, room, "make room: the store takes no changes on a full disk, and nothing is decided"))
        } else if facts.freeBytes < fewBytes {
            findings.append(.warn(check, room, "make room, \(size(fewBytes)) at least"))
        } else {
            findings.append(.ok(check, room))
        }
        if let files = facts.freeFiles, files < fewFiles {
            findings.append(
                .warn(check, "\(files) more files can be made in '\(facts.place)'", "take away files there"))
        }
        if let network = facts.network {
            findings.append(
                .warn(
                    check, "'\(facts.place)' is on \(network)",
                    "keep the database on a local disk: its lock may not hold there"))
        }
        if facts.isThere, facts.isOpen {
            findings.append(
                .warn(
                    check, "others may look into '\(directory)', which holds keys and passwords' hashes",
                    "do 'chmod go= \(directory)'"))
        }
        if let sync = facts.sync {
            let words = "a write is on the disk after \(sync.specText)"
            findings.append(
                sync > slowSync
                    ? .warn(check, words, "use a faster disk: each decision waits for it") : .ok(check, words))
        }
        return findings
    }

    /// `1.5 GiB`.
    static func size(_ bytes: Int) -> String {
        let units: [(Int, String)] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        guard let (unit, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) bytes" }
        let tenths = bytes * 10 / unit
        return tenths >= 100 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }

    // MARK: - Looking

    /// What is known for locks that do not hold or shared memory that is not there (statfs(2)).
    private static let networks: [Int: String] = [
        0x6969: "NFS", 0xFE53_4D42: "SMB", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0x0102_1997: "9P", 0x6573_5546: "FUSE",
    ]

    private static func facts(of directory: String) -> Facts {
        var place = directory
        while !FileManager.default.fileExists(atPath: place) {
            let parent = PathParts.directory(of: place)
            if parent == place { break }
            place = parent.isEmpty ? "." : parent
        }
        let isThere = place == directory
        var facts = Facts(
            place: place, isThere: isThere, refusal: nil, freeBytes: 0, freeFiles: nil, sync: nil, network: nil,
            isOpen: false)
        var info = stat()
        if unsafe stat(place, &info) == 0 {
            facts.isOpen = info.st_mode & 0o077 != 0
            if info.st_mode & S_IFMT != S_IFDIR { facts.refusal = "it is no directory" }
        }
        if facts.refusal == nil, unsafe access(place, W_OK | X_OK) != 0 { facts.refusal = words(errno) }
        var space = statvfs()
        if unsafe statvfs(place, &space) == 0 {
            facts.freeBytes = Int(space.f_bavail) * Int(space.f_frsize)
            if space.f_files > 0 { facts.freeFiles = Int(space.f_favail) }
        }
        facts.network = HostFacts.fileSystem(of: place).flatMap { networks[$0] }
        guard isThere, facts.refusal == nil else { return facts }
        do throws(HostFacts.ErrorNumber) {
            facts.sync = try HostFacts.syncTime(in: place)
        } catch {
            facts.refusal = words(error.value)
            facts.isFull = [ENOSPC, EDQUOT].contains(error.value)
        }
        return facts
    }

    private static func words(_ number: CInt) -> String {
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
