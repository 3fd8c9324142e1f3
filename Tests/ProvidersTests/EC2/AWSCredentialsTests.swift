import Foundation
import Reconciler
import Testing

@testable import Providers

/// Where credentials are found, by environment and files.
struct CredentialCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var environment: [String: String] = [:]
    var profile: String?
    /// The access key, or a part of the complaint.
    var wanted: Result<String, CredentialFailure>

    init(
        _ name: String, _ environment: [String: String] = [:], profile: String? = nil, key: String
    ) {
        testDescription = name
        self.environment = environment
        self.profile = profile
        wanted = .success(key)
    }

    init(
        _ name: String, _ environment: [String: String] = [:], profile: String? = nil, complaint: String
    ) {
        testDescription = name
        self.environment = environment
        self.profile = profile
        wanted = .failure(CredentialFailure(message: complaint))
    }

    static let credentials = """
        # keys
        [default]
        aws_access_key_id = FILE
        aws_secret_access_key = secret ; a comment
        [ci]
        aws_access_key_id=CI
        aws_secret_access_key=secret=with=equals
        aws_session_token = token
        [half]
        aws_access_key_id = HALF
        [assumed]
        aws_access_key_id = WRONG
        aws_secret_access_key = secret
        [ci2]
        aws_access_key_id = CI2
        aws_secret_access_key = secret
        """
    static let config = """
        [default]
        region = eu-west-1
        [profile other]
        aws_access_key_id = OTHER
        aws_secret_access_key = secret
        s3 =
          aws_access_key_id = nested
        [profile ci]
        aws_access_key_id = CONFIG
        [profile sso]
        sso_session = mine
        [profile process]
        credential_process = /bin/keys
        aws_access_key_id = OTHER
        aws_secret_access_key = secret
        [profile half]
        role_arn =
        [profile assumed]
        role_arn = arn:aws:iam::123456789012:role/media
        source_profile = default
        [profile ci2]
        credential_process = /bin/keys
        [ignored]
        aws_access_key_id = NO
        """
    private static let keys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "secret"]

    static let all = [
        CredentialCase("the environment stands first", keys, key: "ENV"),
        CredentialCase("also before AWS_PROFILE", keys.merging(["AWS_PROFILE": "ci"]) { $1 }, key: "ENV"),
        CredentialCase("but after the spec's profile", keys, profile: "ci", key: "CI"),
        CredentialCase("the default profile", key: "FILE"),
        CredentialCase("AWS_PROFILE", ["AWS_PROFILE": "other"], key: "OTHER"),
        CredentialCase("empty variables are none", ["AWS_ACCESS_KEY_ID": "", "AWS_PROFILE": "ci"], key: "CI"),
        CredentialCase(
            "half of the environment", ["AWS_ACCESS_KEY_ID": "ENV"], complaint: "AWS_SECRET_ACCESS_KEY is missing"),
        CredentialCase(
            "a profile that is not there", profile: "othr", complaint: "there is no AWS profile 'othr' in"),
        CredentialCase("with the nearest name", profile: "othr", complaint: "did you mean 'other'?"),
        CredentialCase(
            "sections of the config file need the word profile", profile: "ignored",
            complaint: "no AWS profile 'ignored'"),
        CredentialCase("half a profile", profile: "half", complaint: "needs both"),
        CredentialCase("a way that is not followed", profile: "sso", complaint: "has 'sso_session'"),
        CredentialCase(
            "keys beside a role, which is another identity", profile: "assumed",
            complaint: "has keys and 'role_arn', which the AWS CLI would follow in their place"),
        CredentialCase("keys of credentials stand above a process", profile: "ci2", key: "CI2"),
        CredentialCase(
            "a process stands above keys of config", profile: "process", complaint: "has keys and 'credential_process'"),
    ]
}

@Suite("AWS credentials")
struct AWSCredentialsTests {
    /// A home with both files.
    private func withHome(_ body: (String) async throws -> Void) async throws {
        let home = NSTemporaryDirectory() + "smreconcile-aws-\(UInt64.random(in: 0...(.max)))"
        defer { try? FileManager.default.removeItem(atPath: home) }
        try Files.makeDirectory(home + "/.aws")
        try Files.replace(home + "/.aws/credentials", with: Data(CredentialCase.credentials.utf8))
        try Files.replace(home + "/.aws/config", with: Data(CredentialCase.config.utf8))
        try await body(home)
    }

    @Test("are found in Amazon's order", arguments: CredentialCase.all)
    func order(_ example: CredentialCase) async throws {
        try await withHome { home in
            var environment = example.environment
            environment["HOME"] = home
            environment["AWS_EC2_METADATA_DISABLED"] = "true"
            let chain = AWSCredentialChain(environment: environment, profile: example.profile, http: HTTPClient())
            switch example.wanted {
            case .success(let key):
                let found = try await chain.find()
                #expect(found.accessKey == key && found.secretKey.hasPrefix("secret"))
                #expect((found.sessionToken == "token") == (key == "CI"))
                #expect(!found.secretKey.contains("comment"))
            case .failure(let complaint):
                let error = try #require(await #expect(throws: CredentialFailure.self) { try await chain.find() })
                #expect(error.message.contains(complaint.message), "\(error.message)")
                #expect(!error.isPassing)
            }
        }
    }

    @Test("are read from the files that the environment names")
    func otherFiles() async throws {
        try await withHome { home in
            let chain = AWSCredentialChain(
                environment: [
                    "HOME": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": home + "/.aws/credentials",
                    "AWS_CONFIG_FILE": home + "/.aws/config", "AWS_PROFILE": "other",
                ], profile: nil, http: HTTPClient())
            let found = try await chain.find()
            #expect(found.accessKey == "OTHER")
        }
    }

    @Test("of the instance's role come from its metadata, with a session, and say when they end")
    func metadata() async throws {
        let server = TestServer { request in
            let path = request.split(separator: " ").dropFirst().first ?? ""
            if request.hasPrefix("PUT /latest/api/token ") {
                return TestServer.response("200 OK", request.contains("token-ttl-seconds: 60") ? "SESSION" : "")
            }
            guard request.contains("X-aws-ec2-metadata-token: SESSION\r\n") else {
                return TestServer.response("401 Unauthorized", "")
            }
            if path.hasSuffix("/security-credentials/") { return TestServer.response("200 OK", "manager") }
            return TestServer.response(
                "200 OK",
                """
                {"Code": "Success", "LastUpdated": "2026-11-22T11:00:00Z", "Type": "AWS-HMAC", "AccessKeyId": "ROLE",
                 "SecretAccessKey": "secret", "Token": "token", "Expiration": "2026-11-22T17:00:00Z"}
                """)
        }
        let chain = AWSCredentialChain(
            environment: ["HOME": "/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url + "/"], profile: nil,
            http: HTTPClient())
        let found = try await chain.find()
        #expect(found.accessKey == "ROLE" && found.secretKey == "secret" && found.sessionToken == "token")
        #expect(found.expiresAt == Timestamp("2026-11-22T17:00:00Z"))
        #expect(server.received.count == 3)
    }

    @Test("that are nowhere are told with all the places that were looked at")
    func nowhere() async throws {
        let empty = TestServer {
            $0.hasPrefix("PUT") ? TestServer.response("200 OK", "S") : TestServer.response("404 Not Found", "")
        }
        for (endpoint, words) in [
            (empty.url, "attach an instance profile"), ("http://127.0.0.1:1", "connection refused"),
        ] {
            let chain = AWSCredentialChain(
                environment: ["HOME": "/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint], profile: nil,
                http: HTTPClient())
            let error = try #require(await #expect(throws: CredentialFailure.self) { try await chain.find() })
            #expect(error.message.contains(words) && error.message.contains("/nowhere/.aws/credentials"))
        }
        // Nobody there: it may be a matter of a moment.
        let closed = AWSCredentialChain(
            environment: ["HOME": "/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"], profile: nil,
            http: HTTPClient())
        #expect(try #require(await #expect(throws: CredentialFailure.self) { try await closed.find() }).isPassing)
        let broken = TestServer { _ in TestServer.response("500 Internal Server Error", "") }
        let chain = AWSCredentialChain(
            environment: ["HOME": "/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT": broken.url], profile: nil,
            http: HTTPClient())
        let error = try #require(await #expect(throws: CredentialFailure.self) { try await chain.find() })
        #expect(error.isPassing)
    }

    @Test("are renewed before their end, kept when that fails, and looked for anew when they are refused")
    func renewal() async throws {
        let time = ManualTime()
        let start = time.now()
        let searches = Locked(0)
        let isBroken = Locked(false)
        let store = AWSCredentialStore(time: time) {
            let number = searches.with { count in
                count += 1
                return count
            }
            if isBroken.current { return .failure(CredentialFailure(message: "gone")) }
            return .success(
                AWSCredentials(
                    accessKey: "K\(number)", secretKey: "s", expiresAt: time.now() + .seconds(3600), source: "a test"))
        }
        async let first = store.current()
        async let second = store.current()
        #expect(try await [first.accessKey, second.accessKey] == ["K1", "K1"])
        time.advance(.seconds(3600) - AWSCredentialStore.margin - .milliseconds(1))
        #expect(try await store.current().accessKey == "K1")
        isBroken.replace(with: true)
        time.advance(.milliseconds(1))
        #expect(try await store.current().accessKey == "K1")
        #expect(try await store.current().accessKey == "K1")
        #expect(searches.current == 2)
        time.advance(AWSCredentialStore.margin)
        #expect(time.now() == start + .seconds(3600))
        await #expect(throws: CredentialFailure(message: "gone")) { try await store.current() }
        isBroken.replace(with: false)
        let renewed = try await store.current()
        #expect(renewed.accessKey == "K4")
        await store.refuse(renewed)
        #expect(try await store.current().accessKey == "K5")
        // One that is no longer kept changes nothing.
        await store.refuse(renewed)
        #expect(try await store.current().accessKey == "K5")
    }
}
