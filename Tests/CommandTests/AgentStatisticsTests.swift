import Foundation
import Reconciler
import Testing

@testable import smreconcile

@Suite("The statistics of a media server")
struct AgentStatisticsTests {
    /// What a real nginx-rtmp answered; see examples/nginx-rtmp.
    private func captured(_ name: String) throws -> Data {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return try Data(contentsOf: folder.appending(path: "Fixtures/nginx-rtmp/\(name).xml"))
    }

    @Test("an nginx-rtmp origin: one publisher, one viewer, and the edge that pulls is no viewer")
    func origin() throws {
        let statistics = try MediaStatistics(nginxRTMP: captured("origin"))
        #expect(statistics.streams == [StreamReport(scope: "live", name: "s1", role: .source, subscribers: 1)])
        #expect(statistics.publishers == 1 && statistics.viewers == 1 && statistics.children == 1)
        #expect(statistics.connections == 3)
        #expect(statistics.applications == ["live"])
        // By the name that the manager reads, and by the product's, which rules may use.
        #expect(statistics.allMetrics[Metric.children] == 1)
        #expect(statistics.allMetrics["connections.clusterchildren"] == 1)
    }

    @Test("an nginx-rtmp edge: its pull is no publisher")
    func edge() throws {
        let statistics = try MediaStatistics(nginxRTMP: captured("edge"))
        #expect(statistics.streams == [StreamReport(scope: "live", name: "s1", role: .edge, subscribers: 1)])
        #expect(statistics.publishers == 0 && statistics.viewers == 1 && statistics.children == 0)
    }

    @Test("a stream that somebody waits for and nobody sends is not live")
    func idle() throws {
        let statistics = try MediaStatistics(nginxRTMP: captured("idle"))
        #expect(statistics.streams.isEmpty)
        #expect(statistics.viewers == 1 && statistics.connections == 1 && statistics.applications == ["live"])
    }

    @Test("names come out as they were escaped")
    func names() throws {
        let statistics = try MediaStatistics(nginxRTMP: captured("names"))
        // nginx-rtmp itself puts a space for every byte beyond ASCII.
        #expect(statistics.streams.map(\.name) == ["a&b<c>  "])
        #expect(statistics.publishers == 1)
    }

    @Test(
        "what is not nginx-rtmp's XML is a failure, never an empty node",
        arguments: [
            "", "<html><body>404</body></html>", "<rtmp><server>", "{}",
            "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><html>&x;</html>",
        ])
    func notXML(_ text: String) {
        #expect(throws: StatisticsFailure.self) { try MediaStatistics(nginxRTMP: Data(text.utf8)) }
    }

    @Test("an entity of the document is not followed to a file")
    func externalEntity() throws {
        let text = """
            <!DOCTYPE rtmp [<!ENTITY x SYSTEM "file:///etc/passwd">]>
            <rtmp><server><application><name>live</name><live><stream><name>a&x;b</name>
            <client><publishing/></client></stream></live></application></server></rtmp>
            """
        let names = (try? MediaStatistics(nginxRTMP: Data(text.utf8)))?.streams.map(\.name) ?? []
        #expect(!names.joined().contains("root"))
    }

    @Test("JSON: counts what is not given, and keeps what is")
    func json() throws {
        let text = """
            {"streams": [{"scope": "live", "name": "a", "subscribers": 3},
                         {"scope": "live", "name": "b", "role": "edge", "subscribers": 4}],
             "metrics": {"connections.subscriber": 9, "gpu": 0.5}, "ready": false}
            """
        let statistics = try MediaStatistics(json: Data(text.utf8))
        #expect(statistics.streams.map(\.role) == [.source, .edge])
        #expect(statistics.allMetrics[Metric.publishers] == 1)
        #expect(statistics.allMetrics[Metric.subscribers] == 9)
        #expect(statistics.allMetrics["gpu"] == 0.5)
        #expect(statistics.ready == false)
        #expect(try MediaStatistics(json: Data("{}".utf8)) == MediaStatistics())
    }

    @Test("JSON that does not fit says where")
    func badJSON() {
        #expect(
            throws: StatisticsFailure(
                description: "the statistics are not the expected JSON: 'name' is missing in streams.[0]")
        ) { try MediaStatistics(json: Data("{\"streams\": [{\"scope\": \"live\"}]}".utf8)) }
    }

    @Test("--statistics takes three forms and nothing else")
    func sources() {
        #expect(StatisticsSource("nginx-rtmp=http://h:1/stat") == .nginxRTMP("http://h:1/stat"))
        #expect(StatisticsSource("json=https://h/x=y") == .json("https://h/x=y"))
        #expect(StatisticsSource("command=echo a=b") == .command("echo a=b"))
        for text in ["", "json", "json=", "json=file:///x", "xml=http://h", "command="] {
            #expect(StatisticsSource(text) == nil)
        }
    }

    @Test("the machine's load is the busy share between two samples")
    func machine() {
        var machine = MachineLoad()
        let memory = "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:     400 kB\n"
        let first = machine.sample(
            stat: "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1\n", load: "0.5 1 2 1/2 3", memory: memory)
        #expect(first["cpu.system.load"] == nil)
        #expect(first["cpu.loadavg.1min"] == 0.5 && first["cpu.loadavg.15min"] == 2)
        #expect(first["memory.system.totalphysical"] == 1_024_000)
        #expect(first["memory.system.freephysical"] == 409_600)
        let second = machine.sample(stat: "cpu  130 0 100 760 110 0 0 0 0 0\n", load: "", memory: "")
        #expect(second == ["cpu.system.load": 0.3])
    }
}
