import Foundation
import Reconciler
import Testing

@testable import Providers

/// A case of Amazon's test suite for Signature Version 4: the keys are AKIDEXAMPLE's, the time is 2015-08-30T12:36:00Z, the scope is
/// us-east-1/service, the host is example.amazonaws.com.
struct SignatureCase: Sendable, CustomTestStringConvertible {
    var name: String
    var method = "POST"
    var headers: [String: String] = [:]
    var body = ""
    var token: String?
    var signedHeaders: String
    var signature: String

    var testDescription: String { name }

    static let published = [
        SignatureCase(
            name: "get-vanilla", method: "GET", signedHeaders: "host;x-amz-date",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        SignatureCase(
            name: "post-vanilla", signedHeaders: "host;x-amz-date",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        SignatureCase(
            name: "get-header-value-trim", method: "GET",
            headers: ["My-Header1": " value1", "My-Header2": "\"a   b   c\""],
            signedHeaders: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        SignatureCase(
            name: "post-header-value-case", headers: ["My-Header1": "VALUE1"],
            signedHeaders: "host;my-header1;x-amz-date",
            signature: "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"),
        SignatureCase(
            name: "post-x-www-form-urlencoded", headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: "Param1=value1", signedHeaders: "content-type;host;x-amz-date",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        SignatureCase(
            name: "post-sts-header-before",
            token:
                "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8Y"
                + "UuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcH"
                + "NVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
            signedHeaders: "host;x-amz-date;x-amz-security-token",
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ]
}

@Suite("Signature Version 4")
struct SigV4Tests {
    @Test("signs as Amazon's own test suite says", arguments: SignatureCase.published)
    func published(_ example: SignatureCase) throws {
        let keys = AWSCredentials(
            accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: example.token,
            source: "a test")
        let now = try #require(Timestamp("2015-08-30T12:36:00Z"))
        let headers = SigV4.headers(
            signing: .init(
                method: example.method, host: "example.amazonaws.com", headers: example.headers,
                body: Data(example.body.utf8)),
            with: keys, for: .init(region: "us-east-1", service: "service"), at: now + .milliseconds(999))
        #expect(
            headers["Authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=\(example.signedHeaders), Signature=\(example.signature)")
        #expect(headers["X-Amz-Date"] == "20150830T123600Z")
        #expect(headers["X-Amz-Security-Token"] == example.token)
    }

    @Test("encodes everything that is not unreserved, byte by byte")
    func percentEncoding() {
        #expect(PercentEncoding.encode("aZ09-._~") == "aZ09-._~")
        #expect(PercentEncoding.encode("a b+c/é=&*") == "a%20b%2Bc%2F%C3%A9%3D%26%2A")
    }

    @Test("credentials print without their secrets")
    func redaction() {
        let keys = AWSCredentials(accessKey: "AKID", secretKey: "hush", sessionToken: "quiet", source: "a test")
        var dumped = ""
        dump(keys, to: &dumped)
        for text in ["\(keys)", String(reflecting: keys), dumped] {
            #expect(!text.contains("hush") && !text.contains("quiet"), "\(text)")
        }
    }
}
