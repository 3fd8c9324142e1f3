internal import Glibc
internal import Reconciler

/// The files of a certificate, its key and the authorities of clients: what they hold, and what tells that they changed.
enum TLSFiles {
    /// A key has a few KiB, a bundle of authorities a few hundred.
    static let maximumSize = 4 << 20

    /// Cheap signs of a change: which files they are, their sizes and times.
    struct Sight: Sendable, Equatable {
        /// What was asked for.
        var settings: ManagerSpec.API.TLS
        private var marks: [String]

        /// The files of these settings as they are now. Blocks for a few stat calls.
        init(_ settings: ManagerSpec.API.TLS) {
            self.settings = settings
            let paths = [settings.certificate, settings.key] + (settings.clientCA.map { [$0] } ?? [])
            marks = paths.map { path in
                var info = stat()
                guard unsafe stat(path, &info) == 0 else { return "none" }
                return "\(info.st_dev) \(info.st_ino) \(info.st_size) \(info.st_mtim) \(info.st_ctim)"
            }
        }
    }

    /// What the files hold. Blocks for as long as it takes to read them.
    static func read(_ settings: ManagerSpec.API.TLS) throws(TLSFailure) -> TLSCredentials.Material {
        var authorities: [UInt8]?
        if let path = settings.clientCA { authorities = try bytes(path, "the authorities of clients") }
        return TLSCredentials.Material(
            settings: settings, certificate: try bytes(settings.certificate, "the certificate"),
            key: try bytes(settings.key, "the key"), clientCA: authorities)
    }

    /// What is said of a key that everybody on this machine may read; nil when it is kept well.
    static func exposure(of settings: ManagerSpec.API.TLS) -> String? {
        var info = stat()
        guard unsafe stat(settings.key, &info) == 0, info.st_mode & 0o007 != 0 else { return nil }
        return "everybody on this machine may read or change the key '\(settings.key)'; do 'chmod o= \(settings.key)'"
    }

    private static func bytes(_ path: String, _ what: String) throws(TLSFailure) -> [UInt8] {
        // Not to wait for somebody to write into a pipe.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw TLSFailure("\(what) '\(path)' cannot be read: \(words(errno))") }
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw TLSFailure("\(what) '\(path)' cannot be read: \(words(errno))") }
            if count == 0 { break }
            result += chunk[..<count]
            guard result.count <= maximumSize else {
                throw TLSFailure("\(what) '\(path)' is larger than \(maximumSize) bytes; is it the right file?")
            }
        }
        guard !result.isEmpty else { throw TLSFailure("\(what) '\(path)' is empty") }
        return result
    }

    private static func words(_ number: CInt) -> String {
        let text = unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
