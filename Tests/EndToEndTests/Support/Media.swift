import Foundation

/// ffmpeg and ffprobe, as a publisher and as viewers.
struct Media {
    let workspace: Workspace

    /// What the story of nginx-rtmp needs and this machine lacks; empty when all is there.
    static let missing: [String] = {
        let manager = FileManager.default
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin"
        let folders = path.split(separator: ":")
        var missing = ["nginx", "ffmpeg", "ffprobe"].filter { name in
            !folders.contains { manager.isExecutableFile(atPath: "\($0)/\(name)") }
        }
        let module = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
        if !manager.fileExists(atPath: module) { missing.append(module) }
        return missing
    }()

    /// Publishes a small test pattern until it is ended.
    func publish(to url: String) throws -> Program {
        try workspace.start(
            [
                "ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10",
                "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "5", "-b:v", "100k",
                "-threads", "1",
                "-pix_fmt", "yuv420p", "-f", "flv", url,
            ])
    }

    /// True when ffprobe finds video there.
    func plays(_ url: String) async throws -> Bool {
        let probe = try workspace.start([
            "timeout", "-k", "1", "8", "ffprobe", "-v", "error", "-analyzeduration", "1M", "-select_streams", "v",
            "-show_entries", "stream=codec_name", "-of", "csv=p=0", url,
        ])
        let outcome = try await probe.end(within: .seconds(12))
        return outcome.code == 0 && outcome.out.contains("h264")
    }

    /// Watches until it is ended or the stream does, or for so many seconds.
    func watch(_ url: String, name: String, seconds: Int? = nil) throws -> Viewer {
        let progress = workspace.path("\(name).progress")
        let end = seconds.map { ["-t", "\($0)"] } ?? []
        return Viewer(
            program: try workspace.start(
                [
                    "ffmpeg", "-nostdin", "-loglevel", "error", "-progress", progress, "-stats_period", "0.2",
                    "-analyzeduration", "500000", "-i", url, "-c", "copy",
                ] + end + ["-f", "null", "-"], name: name),
            progress: progress)
    }

    /// A viewer who counts the frames that come.
    struct Viewer {
        let program: Program
        let progress: String

        /// How many have come so far.
        var frames: Int {
            let text = String(decoding: FileManager.default.contents(atPath: progress) ?? Data(), as: UTF8.self)
            let last = text.split(separator: "\n").last { $0.hasPrefix("frame=") }
            return last.flatMap { Int($0.dropFirst("frame=".count).trimmingCharacters(in: .whitespaces)) } ?? 0
        }
    }
}
