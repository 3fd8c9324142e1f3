import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("EC2: pace and credentials of requests")
struct EC2ClientTests {
    @Test("slows down with each refusal, counts those under way together once, and recovers with answers")
    func pace() {
        var pace = EC2Pace()
        var random = SeededRandom(seed: 7)
        let start = Timestamp(milliseconds: 1_000_000)
        #expect(pace.wait(at: start, using: &random) == .zero)
        // Ten that were sent at once.
        for index in 0..<10 { pace.throttled(sentAt: start, now: start + .milliseconds(10 + index)) }
        #expect(pace.level == 1 && pace.interval == EC2Pace.first)
        var now = start
        for level in 2...8 {
            now = now + .seconds(100)
            pace.throttled(sentAt: now, now: now + .milliseconds(5))
            #expect(pace.level == min(level, 6))
            let wait = pace.wait(at: now + .milliseconds(5), using: &random)
            #expect(wait >= pace.interval && wait <= pace.interval * 2 && pace.interval <= EC2Pace.longest)
        }
        #expect(pace.interval == EC2Pace.longest)
        #expect(pace.wait(at: now + .seconds(100), using: &random) == .zero)
        for _ in 0..<6 { pace.answered() }
        #expect(pace.level == 0 && pace.interval == .zero)
        // A clock that was set back holds nobody for longer than the interval.
        pace.throttled(sentAt: now, now: now + .seconds(200))
        #expect(pace.wait(at: start, using: &random) <= pace.interval * 2)
    }

    @Test("draws the wait from the given chance")
    func jitter() {
        var pace = EC2Pace()
        let now = Timestamp(milliseconds: 0)
        pace.throttled(sentAt: now, now: now)
        func waits(_ seed: UInt64) -> [Duration] {
            var random = SeededRandom(seed: seed)
            return (0..<20).map { _ in pace.wait(at: now, using: &random) }
        }
        #expect(waits(1) == waits(1) && waits(1) != waits(2) && Set(waits(1)).count > 10)
    }

    @Test("a list whose every fourth request is too much for EC2 is complete all the same")
    func throttling() async throws {
        let count = Locked(0)
        let cloud = ScriptedEC2 { call in
            let number = count.with { count in
                count += 1
                return count
            }
            if number % 4 == 0 { return .text(EC2Text.error("503 Unavailable", "RequestLimitExceeded")) }
            let page = Int(call["NextToken"]) ?? 1
            let item = EC2Text.item("i-\(page)", ec2Request("n\(page)").ec2Tags)
            return .text(EC2Text.described([item], next: page < 10 ? "\(page + 1)" : nil))
        }
        let began = cloud.time.now()
        let listing = try await cloud.provider.list(owner: "us", region: "lab")
        #expect(listing.complete && listing.instances.map(\.id) == (1...10).map { "i-\($0)" })
        #expect(count.current == 13)
        // It waited each time, on the clock that it was given.
        #expect(cloud.time.now() - began >= EC2Pace.first * 3)
    }

    @Test(
        "what is too much ends within the call's time as such, with the back-off, and is never unknown",
        arguments: [(Duration.seconds(4), 4), (.seconds(60), 5)])
    func throttledToTheEnd(_ timeout: Duration, _ mostTries: Int) async throws {
        let cloud = ScriptedEC2(timeout: timeout) { call in
            call.action == "RunInstances"
                ? .text(EC2Text.error("503 Unavailable", "RequestLimitExceeded")) : .text(EC2Text.described([]))
        }
        // The wait for what an earlier manager sent is over.
        try await cloud.time.sleep(for: EC2Provider.settling)
        let began = cloud.time.now()
        let failure = await #expect(throws: ProviderFailure.self) { try await cloud.provider.create(ec2Request("n1")) }
        guard case .retryable(let words)? = failure else {
            return #expect(Bool(false), "\(String(describing: failure))")
        }
        #expect(words.contains("RequestLimitExceeded") && words.contains("RunInstances waits "), "\(words)")
        #expect(cloud.time.now() - began < timeout)
        // A first wait that is longer than the time left is not begun.
        #expect((1...mostTries).contains(cloud.calls("RunInstances").count))
    }

    @Test("a request that is held back for longer than a call has is not sent, and says so")
    func heldBack() async throws {
        let cloud = ScriptedEC2(timeout: .milliseconds(600)) { _ in
            .text(EC2Text.error("503 Unavailable", "RequestLimitExceeded"))
        }
        var words: [String] = []
        for _ in 0..<3 {
            let failure = await #expect(throws: ProviderFailure.self) {
                try await cloud.provider.list(owner: "us", region: "lab")
            }
            guard case .retryable(let text)? = failure else {
                return #expect(Bool(false), "\(String(describing: failure))")
            }
            words.append(text)
        }
        #expect(words.contains { $0.contains("is held back for another") }, "\(words)")
        #expect(cloud.calls.count < 3 * EC2Client.tries)
    }

    @Test("credentials that the service calls expired are read again, once")
    func expiredCredentials() async throws {
        let home = NSTemporaryDirectory() + "smreconcile-aws-\(UInt64.random(in: 0...(.max)))"
        defer { try? FileManager.default.removeItem(atPath: home) }
        try Files.makeDirectory(home + "/.aws")
        func write(_ key: String) throws {
            let text = "[default]\naws_access_key_id = \(key)\naws_secret_access_key = s3cr3t\n"
            try Files.replace(home + "/.aws/credentials", with: Data(text.utf8))
        }
        try write("OLD")
        let server = TestServer { request in
            request.contains("Credential=NEW/")
                ? EC2Text.described([]) : EC2Text.error("400 Bad Request", "ExpiredToken", "it is over")
        }
        var spec = EC2Spec()
        spec.endpoint = server.url
        spec.lookup = .filters
        let provider = EC2Provider(
            spec: spec, timeout: .seconds(60), environment: ["HOME": home, "AWS_EC2_METADATA_DISABLED": "true"],
            time: SkippingTime(),
            random: SeededRandom(seed: 1), userData: { _ in "" })
        await #expect(
            throws: ProviderFailure.terminal(
                "DescribeInstances in lab: ExpiredToken: it is over; renew the session token that the manager was given "
                    + "(request req-1)")
        ) { try await provider.list(owner: "us", region: "lab") }
        #expect(server.received.count == 1)
        try write("NEW")
        #expect(try await provider.list(owner: "us", region: "lab").complete)
    }

    @Test("without credentials nothing is asked, and it is said where they were looked for")
    func noCredentials() async throws {
        let cloud = ScriptedEC2(environment: ["HOME": "/nowhere"]) { _ in .text(EC2Text.described([])) }
        let failure = await #expect(throws: ProviderFailure.self) {
            try await cloud.provider.list(owner: "us", region: "lab")
        }
        guard case .terminal(let message)? = failure else {
            return #expect(Bool(false), "\(String(describing: failure))")
        }
        #expect(message.hasPrefix("there are no AWS credentials: none in the environment") && cloud.calls.isEmpty)
    }

    @Test("the clock's distance is told from two minutes on", arguments: [(-7200, "2h behind"), (7200, "2h ahead of")])
    func clock(_ seconds: Int, _ words: String) throws {
        let service = try #require(Timestamp("2026-11-22T12:00:00Z"))
        let header = "Sun, 22 Nov 2026 12:00:00 GMT"
        #expect(ClockSkew.words(dateHeader: header, now: service + .seconds(seconds))?.contains(words) == true)
        #expect(ClockSkew.words(dateHeader: header, now: service + .seconds(100)) == nil)
        #expect(ClockSkew.words(dateHeader: "yesterday", now: service) == nil)
        #expect(ClockSkew.words(dateHeader: nil, now: service) == nil)
    }

    @Test("XML that is broken, too deep, or declares entities is none")
    func xml() {
        let deep = String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100)
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\">]><a>&b;</a>"
        for text in ["", "x", "<a>", "<a></b>", deep, bomb] {
            #expect(XMLTree.parse(Data(text.utf8)) == nil, "\(text)")
        }
        let tree = XMLTree.parse(Data("<a x='1'>\n <b>1 &lt; 2</b><c><item><d/></item><item/></c></a>".utf8))
        #expect(tree?.text("b") == "1 < 2" && tree?.items("c").count == 2 && tree?.text("c") == nil)
    }

    @Test("turns of one key come one after another, in their order")
    func turns() async throws {
        let turns = KeyedTurns()
        let inside = Locked(0)
        let most = Locked(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await turns.run("key") { () throws(ProviderFailure) in
                        let now = inside.with { count in
                            count += 1
                            return count
                        }
                        most.with { $0 = max($0, now) }
                        await Task.yield()
                        inside.with { $0 -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(most.current == 1)
        await #expect(throws: ProviderFailure.retryable("x")) {
            try await turns.run("key") { () throws(ProviderFailure) in throw .retryable("x") }
        }
        try await turns.run("key") { () throws(ProviderFailure) in }
    }

    @Test("the memory of offers is bounded")
    func memory() {
        var memory = EC2Memory()
        for index in 0..<10_000 { memory.note(index % 3, "t\(index)") }
        #expect(memory.offer("t9999") == 0 && memory.offer("t0") == nil)
        memory.note(2, "t9999")
        #expect(memory.offer("t9999") == 2)
        memory.forget("t9999")
        #expect(memory.offer("t9999") == nil)
    }
}
