import Foundation
import Providers
import Testing

/// Events reach a receiver of a few lines of Python, across failures of both sides.
@Suite("Webhooks", .sharesMachine, .timeLimit(.minutes(4)))
struct WebhookTests {
    /// Checks signatures, and writes a line for each request: status, whether the signature is right, id, type.
    private static let receiver = """
        import base64, hashlib, hmac, http.server, json, os, sys
        key = base64.b64decode(open("secret").read().strip()[len("whsec_"):])

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                id, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                signature = hmac.new(key, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
                good = "v1," + base64.b64encode(signature).decode() == self.headers["webhook-signature"]
                status = int(open("status").read()) if os.path.exists("status") else 204
                print(status, good, id, json.loads(body)["type"], flush=True)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *words): pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
        print("port", server.server_address[1], flush=True)
        server.serve_forever()
        """

    private struct Line: Hashable {
        var status: Int, isSigned: Bool, id: String, type: String

        static func all(_ text: String) -> [Line] {
            text.split(separator: "\n").compactMap { line -> Line? in
                let words = line.split(separator: " ").map { String($0) }
                guard words.count == 4, let status = Int(words[0]) else { return nil }
                return Line(status: status, isSigned: words[1] == "True", id: words[2], type: words[3])
            }
        }
    }

    @Test("no event is lost while the receiver fails, is away, and the manager is killed")
    func outages() async throws {
        try await Workspace.with { workspace in
            try workspace.write("whsec_\(Data((0..<32).map { UInt8($0) }).base64EncodedString())\n", to: "secret")
            try workspace.write(Self.receiver, to: "receiver.py")
            let first = try workspace.start(["python3", "receiver.py", "0"], name: "receiver")
            let port = try await eventually("the receiver's port") {
                first.out.split(separator: "\n").first.flatMap { $0.hasPrefix("port ") ? $0.dropFirst(5) : nil }
            }
            // The secret is beside the spec.
            let spec = try workspace.write(
                Specs.simulated(edges: 2).replacing(
                    "spec: {interval: 500ms}",
                    with: """
                        spec:
                          interval: 500ms
                          webhooks: [{name: ops, url: "http://127.0.0.1:\(port)/hook", secretFile: secret, events: ["Node*"]}]
                        """), to: "live.yaml")
            let manager = try await Manager(workspace, spec: spec)
            try await manager.serves(3)
            // Requested, created, in service: nine events.
            try await eventually("nine deliveries") { Line.all(first.out).count >= 9 }

            // It fails, and the manager dies over it.
            try workspace.write("500", to: "status")
            let node = try await manager.serving("edge")[0].id
            _ = try await manager.send("POST", "/as/v1/nodes/\(node)/cordon")
            try await eventually("a failed delivery") { Line.all(first.out).contains { $0.status == 500 } }
            try await manager.crash()
            first.signal(SIGKILL)
            _ = try await first.end()
            try FileManager.default.removeItem(atPath: workspace.path("status"))

            // Nobody is there when it comes back.
            let next = try await Manager(workspace, spec: spec, follows: manager)
            _ = try await next.send("POST", "/as/v1/nodes/\(node)/uncordon")
            try await eventually("a waiting queue") {
                struct Hook: Decodable { var backlog: Int, state: String }
                let hook = try await next.get("/as/v1/webhooks", as: [Hook].self)[0]
                return hook.backlog >= 2 && hook.state == "failing"
            }
            let second = try workspace.start(["python3", "receiver.py", String(port)], name: "receiver")
            let test = try await eventually("a test that is taken") {
                let answer = try await next.send("POST", "/as/v1/webhooks/ops/test")
                return String(decoding: answer.body, as: UTF8.self).contains("\"delivered\":true") ? answer : nil
            }
            #expect(test.status == 200)
            try await eventually("the rest") { Line.all(second.out).contains { $0.type == "NodeUncordoned" } }

            let lines = Line.all(second.out)
            #expect(lines.allSatisfy { $0.isSigned })
            let taken = lines.filter { $0.status == 204 && !$0.id.hasPrefix("test-") }
            let numbers = taken.compactMap { Int($0.id.split(separator: "-").last ?? "") }
            #expect(numbers == numbers.sorted(), "in their order")
            #expect(Set(numbers).count == numbers.count, "each once, as far as it was taken once")
            let types = taken.map(\.type)
            for type in ["NodeRequested", "NodeCreated", "NodeInService"] {
                #expect(types.count { $0 == type } == 3, "\(type)")
            }
            #expect(types.filter { $0.hasSuffix("ordoned") } == ["NodeCordoned", "NodeUncordoned"])
        }
    }
}
