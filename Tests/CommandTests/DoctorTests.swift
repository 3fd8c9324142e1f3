import APIServer
import Foundation
import Reconciler
import Storage
import Testing

@testable import smreconcile

@Suite("The doctor")
struct DoctorTests {
    struct Judgement: CustomTestStringConvertible, Sendable {
        var name: String
        var findings: [DoctorFinding]
        var want: [DoctorFinding.Level]
        var words: String
        var testDescription: String { name }
    }

    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let clock = ClockDoctor.Facts(now: now, isSynchronized: true, maximumError: .milliseconds(20))
    private static let disk = DiskDoctor.Facts(
        place: "/d", isThere: true, refusal: nil, freeBytes: 8 << 30, freeFiles: 1_000_000, sync: .milliseconds(4),
        network: nil, isOpen: false)
    private static let store = StoreInspection(
        holder: nil, version: 9, known: 9, damage: [], owner: "us", newestAt: nil, bytes: 1 << 20)

    private static func disk(_ change: (inout DiskDoctor.Facts) -> Void) -> [DoctorFinding] {
        var facts = disk
        change(&facts)
        return DiskDoctor.judge("/d", facts)
    }

    private static func store(_ change: (inout StoreInspection) -> Void, owner: String? = nil) -> [DoctorFinding] {
        var found = store
        change(&found)
        return StoreDoctor.judge(found, owner: owner, directory: "/d")
    }

    private static func port(_ failure: String?, isManager: Bool = false, holder: Int? = nil) -> [DoctorFinding] {
        let address = ListenAddress(host: "127.0.0.1", port: 5080)
        return [PortDoctor.judge(address, failure, isManager: isManager, holder: holder)]
    }

    static let judgements = [
        Judgement(
            name: "a clock kept in time", findings: ClockDoctor.judge(clock, newest: nil), want: [.ok], words: "20ms"),
        Judgement(
            name: "a clock that nobody keeps",
            findings: ClockDoctor.judge(.init(now: now, isSynchronized: false, maximumError: .zero), newest: nil),
            want: [.warn], words: "run chrony"),
        Judgement(
            name: "a clock set back", findings: ClockDoctor.judge(clock, newest: now + .seconds(3600)),
            want: [.ok, .fail],
            words: "1h from now"),
        Judgement(
            name: "a clock that is off", findings: [ClockDoctor.judge(from: "x", date: now - .seconds(600), now: now)],
            want: [.fail], words: "10m ahead of that of x"),
        Judgement(
            name: "a clock that is a little off",
            findings: [ClockDoctor.judge(from: "x", date: now + .seconds(30), now: now)], want: [.warn],
            words: "30s behind"),
        Judgement(name: "a good disk", findings: disk { _ in }, want: [.ok, .ok], words: "8.0 GiB free"),
        Judgement(
            name: "a full disk", findings: disk { $0.freeBytes = 1 << 20 }, want: [.fail, .ok], words: "make room"),
        Judgement(
            name: "a disk that fills", findings: disk { $0.freeBytes = 100 << 20 }, want: [.warn, .ok],
            words: "100 MiB free"),
        Judgement(
            name: "a directory of somebody else's", findings: disk { $0.refusal = "permission denied" },
            want: [.fail, .ok, .ok], words: "'/d' cannot be written to: permission denied"),
        Judgement(
            name: "a disk that takes no write",
            findings: disk {
                $0.refusal = "no space left on device"
                $0.isFull = true
            }, want: [.fail, .ok, .ok], words: "make room, in bytes and in files"),
        Judgement(name: "a share", findings: disk { $0.network = "NFS" }, want: [.ok, .warn, .ok], words: "is on NFS"),
        Judgement(
            name: "keys for all", findings: disk { $0.isOpen = true }, want: [.ok, .warn, .ok], words: "chmod go= /d"),
        Judgement(
            name: "a slow disk", findings: disk { $0.sync = .seconds(2) }, want: [.ok, .warn],
            words: "use a faster disk"),
        Judgement(
            name: "a whole database", findings: store { _ in }, want: [.ok],
            words: "whole, 1.0 MiB; nobody works with it"),
        Judgement(name: "one in use", findings: store { $0.holder = 7 }, want: [.ok], words: "process 7 works with it"),
        Judgement(
            name: "an older one", findings: store { $0.version = 5 }, want: [.ok, .ok],
            words: "schema 5: the next start brings it to 9"),
        Judgement(
            name: "a newer one", findings: store { $0.version = 10 }, want: [.fail],
            words: "schema 10, this program knows 9"),
        Judgement(
            name: "a damaged one", findings: store { $0.damage = ["page 3 is never used"] }, want: [.fail],
            words: "damaged: page 3 is never used"),
        Judgement(
            name: "another owner's", findings: store({ _ in }, owner: "they"), want: [.fail],
            words: "'us' in the database and 'they' in the spec"),
        Judgement(name: "a free port", findings: port(nil), want: [.ok], words: "127.0.0.1:5080 is free"),
        Judgement(
            name: "our own port", findings: port("address already in use", isManager: true, holder: 7), want: [.ok],
            words: "served by process 7"),
        Judgement(
            name: "another manager's port", findings: port("address already in use", isManager: true), want: [.fail],
            words: "another manager"),
        Judgement(
            name: "somebody's port", findings: port("address already in use"), want: [.fail], words: "'ss -ltnp' shows"),
        Judgement(
            name: "a port of root's", findings: port("permission denied"), want: [.fail], words: "CAP_NET_BIND_SERVICE"),
        Judgement(
            name: "many files", findings: LimitDoctor.judge(.init(hard: 1 << 20), connections: 16_384), want: [.ok],
            words: "16896 are needed"),
        Judgement(
            name: "few files", findings: LimitDoctor.judge(.init(hard: 1024), connections: 16_384), want: [.warn],
            words: "LimitNOFILE=16896"),
        Judgement(
            name: "a certificate that ends",
            findings: CertificateDoctor.findings([
                Event(
                    at: now, level: .warning, reason: "CertificateTrouble", subject: "tls",
                    message: "'c': it expires in 3 days; renew it")
            ]), want: [.warn], words: "renew it"),
    ]

    @Test("each fact has its judgement and its advice", arguments: judgements)
    func judges(_ item: Judgement) {
        #expect(item.findings.map(\.level) == item.want, "\(item.findings)")
        let said = item.findings.map { "\($0.found) -> \($0.advice ?? "")" }.joined(separator: "\n")
        #expect(said.contains(item.words), "\(said)")
        for finding in item.findings where finding.level != .ok { #expect(finding.advice != nil) }
    }

    /// Every file of a folder with its bytes, mode and times, and the folder's own times.
    private static func picture(of folder: String) throws -> [String: String] {
        var picture: [String: String] = [:]
        let files = FileManager.default
        for name in [""] + (try files.subpathsOfDirectory(atPath: folder)) {
            let path = folder + "/" + name
            let facts = try files.attributesOfItem(atPath: path)
            let bytes = files.contents(atPath: path).map { $0.base64EncodedString() } ?? "-"
            picture[name] =
                "\(facts[.modificationDate] ?? "") \(facts[.posixPermissions] ?? "") \(facts[.size] ?? "") \(bytes.hashValue)"
        }
        return picture
    }

    @Test(
        "it changes nothing: of a database at rest, one that a killed daemon left, and none",
        arguments: ["rest", "left", "none"])
    func harmless(_ state: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("smr-doctor-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let data = folder.path + "/data"
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data(Self.spec.utf8).write(to: folder.appendingPathComponent("fleet.yaml"))
        if state != "none" {
            let store = try await SQLiteStore.open(directory: data)
            try await store.setValue(Data("us".utf8), for: "owner")
            if state == "left" {
                // As after kill -9: the log is not taken in.
                let copy = folder.path + "/copy"
                try FileManager.default.copyItem(atPath: data, toPath: copy)
                await store.close()
                try FileManager.default.removeItem(atPath: data)
                try FileManager.default.moveItem(atPath: copy, toPath: data)
            } else {
                await store.close()
            }
        }
        let before = try Self.picture(of: folder.path)
        let memory = RememberingConsole()
        let words = ["doctor", "-f", folder.path, "--data", data, "--listen", "127.0.0.1:0"]
        let code = await CommandTable.run(words, memory.console)
        #expect(try Self.picture(of: folder.path) == before)
        #expect(code == 0 && memory.out.contains("0 failed"), "\(memory.out)\(memory.error)")
        #expect(memory.out.contains("valid: 1 node group, 1 pool, 1 provider"))
        #expect(
            memory.out.contains(state == "none" ? "none yet: the first start makes it" : "whole, "), "\(memory.out)")
    }

    @Test("a spec that does not read, a damaged database and a taken port fail, in JSON too")
    func fails() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("smr-doctor-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        try Data(Self.spec.replacing("min: 1", with: "minn: 1").utf8).write(
            to: folder.appendingPathComponent("fleet.yaml"))
        try Data(repeating: 0x41, count: 8192).write(to: folder.appendingPathComponent("smreconcile.db"))
        let memory = RememberingConsole()
        let words = [
            "doctor", "-f", folder.path + "/fleet.yaml", "--data", folder.path, "--listen", "192.0.2.1:80", "-o",
            "json",
        ]
        #expect(await CommandTable.run(words, memory.console) == 1)
        let findings = try #require(try JSONSerialization.jsonObject(with: Data(memory.out.utf8)) as? [[String: Any]])
        let failed = Set(findings.filter { $0["level"] as? String == "fail" }.compactMap { $0["check"] as? String })
        #expect(failed == ["spec", "database", "port"], "\(memory.out)")
        #expect(memory.out.contains("fleet.yaml:15:"), "\(memory.out)")
    }

    private static let spec = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [{name: us}]
          roles:
            origin:
              capabilities: [publish, subscribe]
              min: 1
              max: 2
              endpoints: [{protocol: rtmp, port: 1935}]

        """
}
