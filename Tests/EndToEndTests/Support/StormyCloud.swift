import Foundation
import Providers

/// A server that speaks EC2's API, behind a network that loses, delays, cuts and doubles while a file says so.
///
/// The instances are moto's. What moto lacks of EC2, the idempotency of client tokens, is in the proxy: a request that the network doubles
/// must not make two instances, as it would not at Amazon's.
struct StormyCloud {
    /// One instance that is not terminated, whoever made it.
    struct Machine: Decodable, Equatable {
        var id: String
        var region: String
        var tags: [String: String]
    }

    /// What the network before it does.
    enum Weather: String {
        /// Half of the requests go wrong.
        case storm
        /// Nobody listens: every connection is refused.
        case refused
        /// Connections are taken, and nothing is ever answered.
        case silent
    }

    private struct Ports: Decodable { var port: Int, control: Int }

    let url: String
    /// Past the network.
    private let control: String
    private let workspace: Workspace
    private let program: Program
    private let client = HTTPClient(handles: 1)

    /// Starts it; `seed` draws the faults.
    init(_ workspace: Workspace, seed: UInt64) async throws {
        self.workspace = workspace
        let tools = try await workspace.start([Workspace.repository + "/scripts/python-tools"], name: "tools").end(
            within: .seconds(300))
        guard tools.code == 0 else { throw NeverHappened(description: "no moto: \(tools.error)") }
        let python = tools.out.trimmingCharacters(in: .whitespacesAndNewlines) + "/python"
        let script = try workspace.write(Self.script, to: "cloud.py")
        let program = try workspace.start([python, script, "\(seed)"], name: "cloud")
        self.program = program
        let ports: Ports = try await eventually("the cloud's port", within: .seconds(60)) {
            if let code = program.poll() {
                throw NeverHappened(description: "the cloud ended with \(code): \(program.error)")
            }
            guard program.out.hasSuffix("\n") else { return nil }
            return try JSONDecoder().decode(Ports.self, from: Data(program.out.utf8))
        }
        url = "http://127.0.0.1:\(ports.port)"
        control = "http://127.0.0.1:\(ports.control)"
    }

    /// What a manager needs to use it.
    var credentials: [String: String] { ["AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"] }

    /// From now on half of the requests go wrong, until the next calm.
    func storm() async throws { try await set(.storm) }

    /// All arrives again.
    func calm() async throws { try await set(nil) }

    /// The network is so from now on; nil: all arrives.
    func set(_ weather: Weather?) async throws { let _: Int = try await ask("/weather?\(weather?.rawValue ?? "")") }

    /// From now on every machine of ours sends heartbeats, by what its user-data says: "NODE MANAGER TOKEN".
    func startAgents() async throws { let _: Int = try await ask("/agents") }

    /// How many requests went wrong.
    func spoiled() async throws -> Int { try await ask("/spoiled") }

    /// All instances there are, past the faults.
    func machines() async throws -> [Machine] { try await ask("/machines") }

    /// Makes instances that are not ours: of another owner, without all tags, with a tag that only begins like ours.
    func addForeign(owner: String) async throws { let _: Int = try await ask("/foreign?\(owner)") }

    /// The documents of a spec before its node groups: a manager that looks often, and this cloud as its provider.
    func manager(owner: String, timeout: String, bootstrap: String = "") -> String {
        """
        apiVersion: smreconcile/v1
        kind: Manager
        metadata: {name: manager}
        spec: {interval: 500ms, owner: \(owner), approval: {share: 100%, growth: 10000%}}
        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: cloud}
        spec:
          type: ec2
          timeout: \(timeout)
          rateLimit: {perSecond: 200, burst: 200}
          ec2: {endpoint: "\(url)"\(bootstrap)}
        ---

        """
    }

    private func ask<Answer: Decodable>(_ path: String) async throws -> Answer {
        let response = try await client.send(HTTPRequest("GET", control + path, timeout: .seconds(60)))
        return try JSONDecoder().decode(Answer.self, from: response.body)
    }

    private static let script = #"""
        import base64, http.client, http.server, json, random, sys, threading, time, urllib.parse
        from moto.server import ThreadedMotoServer
        seed, weather = int(sys.argv[1]), [""]
        moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        moto.start()
        inner = moto.get_host_and_port()[1]
        import boto3
        def ec2(region): return boto3.client("ec2", endpoint_url=f"http://127.0.0.1:{inner}", region_name=region,
                                             aws_access_key_id="x", aws_secret_access_key="x")
        ec2("us-east-1").describe_instances()
        chance, lock, tokens, spoiled = random.Random(seed), threading.Lock(), {}, [0]
        IMAGE = "ami-03cf127a"

        def machines():
            found = []
            for region in ("us-east-1", "eu-west-1"):
                for page in ec2(region).get_paginator("describe_instances").paginate():
                    for reservation in page["Reservations"]:
                        for i in reservation["Instances"]:
                            if i["State"]["Name"] not in ("terminated", "shutting-down"):
                                found.append({"id": i["InstanceId"], "region": region,
                                              "tags": {t["Key"]: t["Value"] for t in i.get("Tags", [])}})
            return found

        def foreign(owner):
            base = {"smreconcile:owner": owner, "smreconcile:group": "live", "smreconcile:region": "us-east-1",
                    "smreconcile:role": "edge", "smreconcile:node": "live-edge-foreign", "smreconcile:token": "t",
                    "smreconcile:revision": "r"}
            for change in ({"smreconcile:owner": owner + "2"}, {"smreconcile:owner": owner.upper()}, {"smreconcile:node": None}):
                tags = {k: v for k, v in {**base, **change}.items() if v is not None}
                ec2("us-east-1").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, TagSpecifications=[
                    {"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}])

        def agents():
            """Heartbeats of every machine of ours that lives, once a second."""
            known, number = {}, 0
            while True:
                number += 1
                for machine in machines():
                    tags, ident = machine["tags"], machine["id"]
                    if "Name" not in tags or tags["Name"] != tags.get("smreconcile:node"): continue
                    try:
                        if ident not in known:
                            data = ec2(machine["region"]).describe_instance_attribute(InstanceId=ident, Attribute="userData")
                            known[ident] = base64.b64decode(data["UserData"]["Value"]).decode().split()
                        node, manager, token = known[ident]
                        body = json.dumps({"sequence": number, "metrics": {"connections.publisher": 0}, "streams": []})
                        manager = http.client.HTTPConnection(urllib.parse.urlsplit(manager).netloc, timeout=5)
                        manager.request("POST", f"/as/v1/nodes/{node}/heartbeat", body, {
                            "Authorization": "Bearer " + token, "Content-Type": "application/json"})
                        manager.getresponse().read()
                        manager.close()
                    except Exception as error:
                        print(f"heartbeat of {ident}: {error}", file=sys.stderr, flush=True)
                time.sleep(1)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass

        class Control(Handler):
            def tell(self, value):
                body = json.dumps(value).encode()
                self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if url.path == "/machines": return self.tell(machines())
                if url.path == "/spoiled": return self.tell(spoiled[0])
                if url.path == "/foreign": foreign(url.query); return self.tell(0)
                if url.path == "/agents": threading.Thread(target=agents, daemon=True).start(); return self.tell(0)
                if url.path == "/weather":
                    weather[0] = url.query
                    shut() if url.query == "refused" else listen()
                    return self.tell(0)

        class Proxy(Handler):
            def forward(self, body):
                query = dict(urllib.parse.parse_qsl(body.decode()))
                token = query.get("ClientToken") if query.get("Action") == "RunInstances" else None
                if token is None: return self.ask(body)
                with lock: turn = tokens.setdefault(token, {"lock": threading.Lock()})
                with turn["lock"]:
                    if "answer" not in turn: turn["answer"] = self.ask(body)
                    return turn["answer"]
            def ask(self, body):
                inside = http.client.HTTPConnection("127.0.0.1", inner, timeout=60)
                inside.request("POST", self.path, body, {k: v for k, v in self.headers.items() if k.lower() != "connection"})
                answer = inside.getresponse()
                return answer.status, answer.read()
            def hang_up(self):
                self.close_connection = True
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                fault = "none"
                # Connections that were open before.
                if weather[0] == "refused": return self.hang_up()
                while weather[0] == "silent":
                    fault = "dropped"
                    time.sleep(0.2)
                if weather[0] == "storm":
                    with lock:
                        fault = chance.choice(["none"] * 6 + ["dropped", "lost", "cut", "doubled", "late", "replaced"])
                        spoiled[0] += fault != "none"
                if fault == "dropped": return self.hang_up()
                if fault == "late": time.sleep(1.5)
                status, text = self.forward(body)
                if fault == "doubled": status, text = self.forward(body)
                if fault == "lost": return self.hang_up()
                if fault == "replaced": status, text = 502, b"<html>bad gateway</html>"
                self.send_response(status); self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text))); self.end_headers()
                self.wfile.write(text[:len(text) // 2] if fault == "cut" else text)
                if fault == "cut": self.hang_up()

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        front = [None]
        def listen():
            if front[0] is None:
                front[0] = Server(("127.0.0.1", port), Proxy)
                threading.Thread(target=front[0].serve_forever, args=(0.05,), daemon=True).start()
        def shut():
            front[0].shutdown()
            front[0].server_close()
            front[0] = None
        port = 0
        listen()
        port = front[0].server_address[1]
        control = Server(("127.0.0.1", 0), Control)
        print(json.dumps({"port": port, "control": control.server_address[1]}), flush=True)
        control.serve_forever()
        """#
}
