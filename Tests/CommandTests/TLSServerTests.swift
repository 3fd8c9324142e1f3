import Foundation
import Reconciler
import Testing

@testable import APIServer
@testable import smreconcile

/// HTTPS with certificates that the test makes, asked by our own client. They need the `openssl` command, which scripts/packages.sh
/// installs.
@Suite(
    "HTTPS", .timeLimit(.minutes(2)), .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct TLSServerTests {
    /// Says who asks whom.
    struct Echo: HTTPHandler {
        func bodyLimit(for request: HTTPRequest) -> Int { 1024 }
        func refuse(_ problem: Problem, _ request: HTTPRequest) -> HTTPResponse {
            problem.response(to: request)
        }
        func requestID(for headers: borrowing HTTPHeaders) -> String { "echo" }
        func begin(_ request: HTTPRequest) -> HTTPAnswer { .now(.text("hello")) }
    }

    /// A directory with certificates of its own.
    struct Place: ~Copyable {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "/tls-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// A certificate that vouches for itself: `name.pem` and `name.key`.
        func make(_ name: String, key: String = "ec", days: Int = 90, purpose: String? = nil) throws {
            let kind = key == "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] : [key]
            try openssl(
                ["req", "-x509", "-nodes", "-newkey"] + kind + [
                    "-days", "\(days)", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", "\(path)/\(name).key", "-out", "\(path)/\(name).pem",
                ] + (purpose.map { ["-addext", "extendedKeyUsage=\($0)"] } ?? []))
        }

        func openssl(_ words: [String]) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = words
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "openssl \(words.joined(separator: " "))")
        }

        func copy(_ from: String, to: String) throws {
            try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(from)")).write(
                to: URL(fileURLWithPath: "\(path)/\(to)"))
        }

        func settings(_ name: String) -> ManagerSpec.API.TLS {
            var settings = ManagerSpec.API.TLS()
            settings.certificate = "\(path)/\(name).pem"
            settings.key = "\(path)/\(name).key"
            return settings
        }
    }

    /// A server, its keeper, and what the keeper said.
    struct Running {
        let keeper: TLSKeeper
        let server: MicroHTTPServer
        let url: String
        let said: Locked<[Event]>

        init(_ settings: ManagerSpec.API.TLS) async throws {
            let said = Locked<[Event]>([])
            self.said = said
            keeper = TLSKeeper(settings, time: SystemTime()) { event in said.with { $0.append(event) } }
            try await keeper.start()
            server = MicroHTTPServer(
                Echo(), MicroHTTPServer.Limits(), Published(ServingRules()), ConnectionLedger(), keeper: keeper)
            url = "https://localhost:\(try server.start(on: ListenAddress(host: "127.0.0.1", port: 0)))/"
        }

        func ask(_ asker: TLSAsker) async -> String { await asker.ask(url) }

        /// As if the pace had gone by twice.
        func lookTwice() async {
            await keeper.look()
            await keeper.look()
        }
    }

    @Test("P-256 and RSA certificates are served", arguments: ["ec", "rsa:2048"])
    func keys(_ key: String) async throws {
        let place = try Place()
        try place.make("own", key: key)
        let running = try await Running(place.settings("own"))
        #expect(await running.ask(TLSAsker(authorities: "\(place.path)/own.pem")) == "hello")
        #expect(await running.ask(TLSAsker()).contains("of an authority that is not known here"))
        let nowhere = await running.ask(TLSAsker(authorities: "\(place.path)/none.pem"))
        #expect(nowhere.contains("the file of authorities cannot be read"))
        #expect(running.keeper.hostName == "localhost")
        await running.server.stop()
    }

    @Test("a new pair is for new connections; the open one goes on with the old")
    func rotation() async throws {
        let place = try Place()
        for name in ["old", "new"] { try place.make(name) }
        try place.make("own")
        for end in ["pem", "key"] { try place.copy("old.\(end)", to: "own.\(end)") }
        let running = try await Running(place.settings("own"))
        let believer = TLSAsker(authorities: "\(place.path)/old.pem")
        #expect(await running.ask(believer) == "hello")
        try place.copy("new.key", to: "own.key")
        await running.keeper.look()
        try place.copy("new.pem", to: "own.pem")
        await running.lookTwice()
        #expect(running.said.current.map(\.reason) == ["CertificateRead", "CertificateRead"])
        #expect(await running.ask(believer) == "hello")
        #expect(await running.ask(TLSAsker(authorities: "\(place.path)/new.pem")) == "hello")
        let late = await running.ask(TLSAsker(authorities: "\(place.path)/old.pem"))
        #expect(late.contains("safely"))
        await running.server.stop()
    }

    @Test("files that are no good pair leave the last good one in use, and it is said once what is wrong")
    func brokenPairs() async throws {
        let place = try Place()
        for name in ["own", "other"] { try place.make(name) }
        try place.copy("own.key", to: "own.key.good")
        try place.copy("own.pem", to: "authority.pem")
        let running = try await Running(place.settings("own"))
        let path = place.path
        let key = try String(contentsOfFile: "\(path)/own.key.good", encoding: .utf8)
        func becomes(_ text: String?, _ file: String) throws {
            try? FileManager.default.removeItem(atPath: "\(path)/\(file)")
            if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(file)")) }
        }
        let cases: [(String?, String, String)] = [
            (
                try String(contentsOfFile: "\(path)/other.key", encoding: .utf8), "own.key",
                "is not that of the first certificate in"
            ),
            ("rubbish", "own.key", "holds no private key in PEM"), ("", "own.key", "is empty"),
            (nil, "own.key", "cannot be read: no such file or directory"),
        ]
        for (text, file, words) in cases {
            try becomes(text, file)
            await running.lookTwice()
            await running.lookTwice()
            let last = try #require(running.said.current.last)
            #expect(last.reason == "CertificateRefused" && last.level == .error)
            #expect(last.message.contains(words) && last.message.hasSuffix("the last good certificate stays in use"))
            #expect(!last.message.contains(key.split(separator: "\n")[1]))
            #expect(running.keeper.certificate?.areFilesInUse == false)
            #expect(await running.ask(TLSAsker(authorities: "\(path)/authority.pem")) == "hello")
        }
        #expect(running.said.current.count { $0.reason == "CertificateRefused" } == cases.count)
        try becomes(key, "own.key")
        await running.lookTwice()
        #expect(running.keeper.certificate?.areFilesInUse == true)
        await running.server.stop()
    }

    @Test("an expiry that is near, and a key that everybody may read, are told of")
    func warnings() async throws {
        let place = try Place()
        try place.make("own", days: 10)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(place.path)/own.key")
        let running = try await Running(place.settings("own"))
        let said = running.said.current
        #expect(said.map(\.reason) == ["CertificateRead", "KeyExposed", "CertificateTrouble"])
        #expect(said.last?.message.hasSuffix("it expires in 9 days; renew it") == true)
        await running.keeper.look()
        running.keeper.reread()
        await running.keeper.look()
        #expect(
            running.said.current.map(\.reason).dropFirst(3) == ["CertificateRead", "KeyExposed", "CertificateTrouble"])
        await running.server.stop()
    }

    @Test("a start without a good pair says what is wrong")
    func start() async throws {
        let place = try Place()
        try place.make("own")
        try place.openssl([
            "pkey", "-in", "\(place.path)/own.key", "-aes128", "-passout", "pass:secret", "-out",
            "\(place.path)/locked.key",
        ])
        var settings = place.settings("own")
        settings.key = "\(place.path)/locked.key"
        let keeper = TLSKeeper(settings, time: SystemTime()) { _ in }
        let failure = await #expect(throws: TLSFailure.self) { try await keeper.start() }
        #expect(failure?.message.contains("is encrypted; write it without a passphrase") == true)
    }

    @Test(
        "client certificates are asked for as the spec says, and must be good",
        arguments: ManagerSpec.API.TLS.ClientCertificates.allCases)
    func clientCertificates(_ need: ManagerSpec.API.TLS.ClientCertificates) async throws {
        let place = try Place()
        for name in ["own", "client", "stranger"] { try place.make(name) }
        try place.make("server", purpose: "serverAuth")
        try place.make("person", purpose: "clientAuth")
        let trusted = try ["client", "server", "person"].map {
            try String(contentsOfFile: "\(place.path)/\($0).pem", encoding: .utf8)
        }
        try trusted.joined().write(toFile: "\(place.path)/trusted.pem", atomically: true, encoding: .utf8)
        var settings = place.settings("own")
        settings.clientCA = "\(place.path)/trusted.pem"
        settings.clients = need
        let running = try await Running(settings)
        func ask(_ name: String?) async -> String {
            let own = "\(place.path)/own.pem"
            guard let name else { return await running.ask(TLSAsker(authorities: own)) }
            return await running.ask(
                TLSAsker(
                    authorities: own, certificate: "\(place.path)/\(name).pem", key: "\(place.path)/\(name).key"))
        }
        #expect(await ask("client") == "hello")
        #expect(await ask("person") == "hello")
        #expect(await ask("stranger") != "hello")
        // Good, and a server's.
        #expect(await ask("server") != "hello")
        #expect((await ask(nil) == "hello") == (need == .optional))
        await running.server.stop()
    }

    @Test("the oldest version is as the spec says", arguments: ["1.2", "1.3"])
    func versions(_ text: String) async throws {
        let place = try Place()
        try place.make("own")
        var settings = place.settings("own")
        settings.minimum = try #require(ManagerSpec.API.TLS.Version(rawValue: text))
        let running = try await Running(settings)
        let port = String(running.url.dropLast().split(separator: ":").last ?? "")
        func isSpoken(_ version: String) throws -> Bool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            process.arguments = [
                "s_client", "-connect", "127.0.0.1:\(port)", version, "-CAfile", "\(place.path)/own.pem",
                "-verify_return_error",
            ]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
        #expect(try isSpoken("-tls1_3"))
        #expect(try isSpoken("-tls1_2") == (text == "1.2"))
        #expect(try !isSpoken("-tls1_1"))
        await running.server.stop()
    }

    @Test("a handshake waits for its client, others go on meanwhile, and a stop ends it")
    func waitingHandshakes() async throws {
        let place = try Place()
        try place.make("own")
        let running = try await Running(place.settings("own"))
        let port = try #require(running.url.dropLast().split(separator: ":").last.flatMap { UInt16($0) })
        let handshakes = try #require(running.server.handshakes)
        /// Sends the beginning of a handshake's first record, and no more.
        func begin() throws -> FileHandle {
            let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            let status = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(status == 0)
            let handle = FileHandle(fileDescriptor: socket, closeOnDealloc: true)
            try handle.write(contentsOf: Data([0x16, 0x03, 0x01, 0x01, 0x00, 0x01]))
            return handle
        }
        func wait(_ count: Int) async throws {
            while handshakes.count != count { try await Task.sleep(for: .milliseconds(2)) }
        }
        let believer = TLSAsker(authorities: "\(place.path)/own.pem")
        let slow = try (0..<3).map { _ in try begin() }
        // Each is asked once, and then left alone: before, the library asked them without pause.
        try await wait(3)
        #expect(await running.ask(believer) == "hello")
        try slow[0].close()
        try await wait(2)
        #expect(await running.ask(believer) == "hello")
        await running.server.stop()
        #expect(handshakes.count == 0)
        for handle in slow.dropFirst() { #expect(try handle.readToEnd() ?? Data() == Data()) }
    }
}
