import Foundation
import Reconciler
import Testing

@testable import APIServer

/// `/metrics`.
@Suite("The metrics")
struct MetricsTests {
    /// The samples of an answer, by name and labels as they are written.
    private static func samples(_ api: TestAPI) async throws -> [String: Double] {
        let answer = try await api.ask(.get, "/metrics", as: .viewer)
        #expect(answer.status == 200)
        #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        var samples: [String: Double] = [:]
        for line in lines where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            let name = String(line[..<space])
            #expect(samples[name] == nil, "\(name) is there twice")
            let value: Double = try #require(Double(line[line.index(after: space)...]), "\(line)")
            samples[name] = value
        }
        return samples
    }

    @Test("tell what the last round saw and decided")
    func fleet() async throws {
        let samples = try await Self.samples(TestAPI())
        let edge = #"node_group="live",region="us-east",role="edge""#
        #expect(samples[#"smreconcile_nodes{\#(edge),state="inService"}"#] == 1)
        #expect(samples[#"smreconcile_nodes{\#(edge),state="draining"}"#] == 0)
        #expect(samples[#"smreconcile_pool_desired_nodes{\#(edge)}"#] == 2)
        #expect(samples[#"smreconcile_pool_min_nodes{\#(edge)}"#] == 2)
        #expect(samples[#"smreconcile_pool_max_nodes{\#(edge)}"#] == 4)
        #expect(samples[#"smreconcile_plan_actions{kind="create"}"#] == 1)
        #expect(samples[#"smreconcile_plan_actions{kind="destroy"}"#] == 0)
        #expect(samples[#"smreconcile_plan_held{limit="approval"}"#] == 3)
        #expect(samples["smreconcile_ready"] == 1)
        #expect(samples[#"smreconcile_build_info{version="0.0.0"}"#] == 1)
        #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        #expect((samples["process_start_time_seconds"] ?? 0) > 1_500_000_000)
    }

    @Test("count requests by route and status, those that no route answers too")
    func requests() async throws {
        let api = try await TestAPI()
        for _ in 0..<3 { _ = try await api.ask(.get, "/as/v1/nodes", as: .viewer) }
        _ = try await api.ask(.get, "/as/v1/nodes", as: nil)
        _ = try await api.ask(.get, "/nothing/here?token=secret", as: nil)
        let samples = try await Self.samples(api)
        let nodes = #"method="GET",route="/as/v1/nodes""#
        #expect(samples[#"smreconcile_http_requests_total{\#(nodes),status="200"}"#] == 3)
        #expect(samples[#"smreconcile_http_requests_total{\#(nodes),status="401"}"#] == 1)
        #expect(samples[#"smreconcile_http_requests_total{method="",route="",status="404"}"#] == 1)
        let time = "smreconcile_http_request_duration_seconds"
        #expect(samples[#"\#(time)_count{\#(nodes)}"#] == 4)
        #expect(samples[#"\#(time)_bucket{\#(nodes),le="+Inf"}"#] == 4)
        let buckets = RequestMeter.bounds.map {
            samples[#"\#(time)_bucket{\#(nodes),le="\#(Double($0) / 1e6)"}"#] ?? -1
        }
        #expect(buckets == buckets.sorted() && buckets[0] >= 0)
    }

    @Test("count rounds, calls of providers and events")
    func activity() async throws {
        let api = try await TestAPI()
        api.activity.round(took: .milliseconds(1500), endedAt: Timestamp(milliseconds: 12_500))
        let call = ActivityMeter.Call(provider: #"a"b\c"#, verb: "create", result: "unknown")
        for _ in 0..<2 { api.activity.call(call, took: .milliseconds(250)) }
        api.activity.event(
            Event(at: api.time.now(), level: .warning, reason: "CreateFailed", subject: "n", message: "m"))
        let samples = try await Self.samples(api)
        #expect(samples["smreconcile_round_duration_seconds_sum"] == 1.5)
        #expect(samples["smreconcile_round_duration_seconds_count"] == 1)
        #expect(samples["smreconcile_last_round_timestamp_seconds"] == 12.5)
        let labels = #"{provider="a\"b\\c",call="create",result="unknown"}"#
        #expect(samples["smreconcile_provider_call_duration_seconds_sum\(labels)"] == 0.5)
        #expect(samples["smreconcile_provider_call_duration_seconds_count\(labels)"] == 2)
        #expect(samples[#"smreconcile_events_total{reason="CreateFailed",level="warning"}"#] == 1)
    }

    @Test("need a token, unless the spec opens them")
    func access() async throws {
        let api = try await TestAPI()
        #expect(try await api.ask(.get, "/metrics", as: nil).status == 401)
        #expect(try await api.ask(.get, "/metrics", as: .app).status == 403)
        var manager = ManagerSpec()
        manager.api.areMetricsOpen = true
        api.publish(manager: manager)
        #expect(try await api.ask(.get, "/metrics", as: nil).status == 200)
        #expect(try await api.ask(.get, "/as/v1/nodes", as: nil).status == 401)
    }

    @Test("have each family once, described, before its samples")
    func families() async throws {
        let text = String(decoding: try await TestAPI().ask(.get, "/metrics").body, as: UTF8.self)
        var seen: Set<Substring> = []
        var family: Substring = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3)
            if words[1] == "HELP", words[0] == "#" {
                #expect(seen.insert(words[2]).inserted, "\(line)")
                #expect(words.count == 4 && words[3].hasSuffix("."), "\(line)")
                family = words[2]
            } else if words[0] == "#" {
                #expect(words[1] == "TYPE" && words[2] == family, "\(line)")
            } else {
                #expect(line.hasPrefix(family), "\(line)")
            }
        }
        #expect(seen.count > 15)
    }

    /// Every family that there can be.
    private static func families() async throws -> Set<String> {
        let api = try await TestAPI()
        api.activity.round(took: .seconds(1), endedAt: api.time.now())
        api.publish { fleet in
            fleet.scopes[ProviderScope(provider: "lab", region: "us-east")] = ScopeKnowledge(completeAt: api.time.now())
        } spec: {
            $0.providers["lab"] = ProviderSpec(name: "lab", settings: .simulated(SimulatedSpec()))
            $0.providers["lab"]?.prices = PriceList(perHour: ["default": 1])
        }
        let text = String(decoding: try await api.ask(.get, "/metrics").body, as: UTF8.self)
        return Set(
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.map { "\($0.split(separator: " ")[2])" })
    }

    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("are all in the documentation, and no other")
    func documented() async throws {
        let text = try String(
            contentsOf: Self.repository.appendingPathComponent("docs/metrics.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let told = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(try await Set(told) == Self.families())
        #expect(told.count == Set(told).count)
    }

    @Test(
        "of the alerts and the dashboard are there", arguments: ["prometheus-rules.yaml", "grafana-dashboard.json"])
    func packaged(_ file: String) async throws {
        let text = try String(
            contentsOf: Self.repository.appendingPathComponent("packaging/observability/\(file)"), encoding: .utf8)
        let families = try await Self.families()
        let used = text.matches(of: /(smreconcile|process)_[a-z_]+/).map { String(text[$0.range]) }
        #expect(used.count > 8)
        for name in used {
            let stem = name.replacing(/_(sum|count|bucket)$/, with: "")
            #expect(families.contains(stem) || families.contains(name), "\(name)")
        }
    }

    @Test("read what proc(5) says of a process, whatever its name is")
    func process() throws {
        let stat =
            "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 4 0 1000 1000000 2048 18446744073709551615"
        let use = try #require(
            ProcessUse(
                stat: stat, boot: "cpu 1\nbtime 1700000000\n", openFiles: 7, ticks: 100, page: 4096,
                limits: "Limit  Soft\nMax open files            1024                 20000                files\n"))
        #expect(use.cpuSeconds == 3)
        #expect(use.residentBytes == 2048 * 4096)
        #expect(use.startSeconds == 1_700_000_010)
        #expect(use.openFiles == 7 && use.maximumFiles == 1024)
    }
}
