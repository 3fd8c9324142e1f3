import Testing

@testable import Reconciler

/// What gets as far as git, and what does not.
@Suite struct GitAddressTests {
    struct Good: CustomTestStringConvertible, Sendable {
        var given: String
        var text: String
        var transport: GitURL.Transport
        var site: String
        var testDescription: String { given }
    }

    static let good = [
        Good(
            given: "https://git.example.org/media/cluster.git", text: "https://git.example.org/media/cluster.git",
            transport: .https, site: "https://git.example.org"),
        Good(
            given: "HTTPS://ann@Git.example.org:8443/c", text: "https://ann@Git.example.org:8443/c", transport: .https,
            site: "https://git.example.org:8443"),
        Good(
            given: "http://127.0.0.1:3000/c.git", text: "http://127.0.0.1:3000/c.git", transport: .http,
            site: "http://127.0.0.1:3000"),
        Good(
            given: "ssh://git@example.org:2222/srv/c.git", text: "ssh://git@example.org:2222/srv/c.git",
            transport: .ssh,
            site: "ssh://example.org:2222"),
        Good(
            given: "git@example.org:media/c.git", text: "git@example.org:media/c.git", transport: .ssh,
            site: "ssh://example.org"),
        Good(given: "file:///srv/c.git", text: "file:///srv/c.git", transport: .file, site: "file://"),
        Good(given: "file://localhost/srv/c.git", text: "file:///srv/c.git", transport: .file, site: "file://"),
        Good(given: "/srv/c.git", text: "file:///srv/c.git", transport: .file, site: "file://"),
        Good(given: "./c", text: "file:///home/ann/c", transport: .file, site: "file://"),
    ]

    @Test(arguments: good) func `an address is read`(_ test: Good) throws {
        let url = try GitURL(test.given, directory: "/home/ann")
        #expect(url.text == test.text)
        #expect(url.transport == test.transport)
        #expect(url.site == test.site)
    }

    @Test(arguments: [
        ("", "is empty"), ("ext::sh -c 'touch /tmp/x'", "space"), ("ext::sh", "helper program"),
        ("fd::17", "helper program"), ("--upload-pack=touch /tmp/x", "space"), ("--upload-pack=x", "begins with '-'"),
        ("-oProxyCommand=x:y", "begins with '-'"), ("ssh://-oProxyCommand=x/y", "has no host"),
        ("ssh://-l@host/y", "user name"), ("-l@host:y", "begins with '-'"), ("host:-y", "no path"),
        ("host:", "no path"),
        ("git://example.org/c", "is of the kind 'git'"), ("ftp://example.org/c", "is of the kind 'ftp'"),
        ("https:///c", "no host"), ("https://example.org", "no path"), ("https://example.org/", "no path"),
        ("file://host/c", "names a host"), ("https://example.org/c?token=abc", "query"),
        ("https://ann:secret@example.org/c", "--git-token-file"),
        ("https://example.org/a\nb", "control character"), ("https://example.org/\u{1b}[2J", "control character"),
        ("cluster", "neither a URL nor a path"),
    ])
    func `an address that is no such thing is refused`(_ given: String, _ word: String) {
        do {
            let url = try GitURL(given, directory: "/home/ann")
            Issue.record("'\(given)' was read as \(url)")
        } catch {
            #expect(error.message.contains(word), "\(error.message)")
            #expect(!error.message.contains("secret"))
            #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    @Test func `what is said to a server can be read on the way by others`() throws {
        func open(_ text: String) throws -> Bool { try GitURL(text, directory: "/").isReadableOnTheWay }
        #expect(try open("http://git.example.org/c"))
        #expect(
            try !open("https://git.example.org/c") && !open("http://localhost:3000/c") && !open("http://[::1]:3000/c"))
    }

    @Test(arguments: ["main", "release/2.4", "refs/pull/7/merge", "feature/-x", "ünïcode"])
    func `a branch is read`(_ name: String) throws {
        let ref = try GitRef(name)
        #expect(ref.fullName == (name.hasPrefix("refs/") ? name : "refs/heads/\(name)"))
    }

    @Test(arguments: [
        "", "-b", "--upload-pack=x", "a..b", "a b", "a~1", "a^", "a:b", "+a:refs/heads/main", "a*", "a?", "[a", "a\\b",
        "@{-1}",
        "a/", "/a", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "@", "a\nb", "a\u{7f}",
    ])
    func `what git has no branch for is refused`(_ name: String) {
        #expect(throws: GitURL.Refusal.self) { try GitRef(name) }
    }

    @Test func `a path is within the repository`() throws {
        #expect(try GitPath.normal("./groups//live/") == "groups/live")
        #expect(try GitPath.normal(".") == "")
        #expect(try GitPath.normal("a..b/-x") == "a..b/-x")
        for bad in ["/etc", "..", "a/../b", "a\nb"] {
            #expect(throws: GitURL.Refusal.self) { try GitPath.normal(bad) }
        }
    }
}
