import Foundation
import Testing

/// `examples/gitops`: the plan of a pull request is one comment on it, which the next push updates.
@Suite("The pipelines of examples/gitops", .sharesMachine, .serialized, .timeLimit(.minutes(3)))
struct PipelineTests {
    private static let example = Workspace.repository + "/examples/gitops"

    /// A forge with the comments of one pull request, as both APIs have them; prints its port. What it was sent is in `comments`.
    private static let forge = """
        import http.server, json, re, sys
        comments = [{'id': 7, 'body': 'Looks good to me'}]
        class Forge(http.server.BaseHTTPRequestHandler):
            def log_message(self, *words): pass
            def answer(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                with open(sys.argv[1], 'w') as file: json.dump(comments, file)
            def body(self): return json.loads(self.rfile.read(int(self.headers['Content-Length'])))['body']
            def allowed(self): return 'forge-token' in (self.headers.get('Authorization', '') + self.headers.get('PRIVATE-TOKEN', ''))
            def do_GET(self): self.answer(200 if self.allowed() else 401, comments)
            def do_POST(self):
                if not self.allowed(): return self.answer(401, {})
                comments.append({'id': 100 + len(comments), 'body': self.body()})
                self.answer(201, {})
            def change(self):
                number = int(re.search(r'/(\\d+)$', self.path)[1])
                for comment in comments:
                    if comment['id'] == number: comment['body'] = self.body()
                self.answer(200, {})
            do_PATCH = do_PUT = change
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Forge)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    private struct Comment: Decodable { var id: Int, body: String }

    @Test(
        "the comment is made once, updated by the next push, and tells of a spec that does not read",
        arguments: ["GitHub", "GitLab"])
    func comment(_ name: String) async throws {
        try await Workspace.with { workspace in
            let manager = try await Manager(workspace, spec: Self.example + "/groups")
            try await manager.serves(6)
            let script = try workspace.write(Self.forge, to: "forge.py")
            let forge = try workspace.start(["python3", script, workspace.path("comments")])
            let port = try await eventually("the forge's port") {
                Int(forge.out.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            var environment = [
                "PATH": URL(fileURLWithPath: Workspace.binary).deletingLastPathComponent().path + ":"
                    + (workspace.environment["PATH"] ?? ""),
                "SMRECONCILE_SERVER": manager.url, "SMRECONCILE_TOKEN": manager.bearer ?? "",
            ]
            if name == "GitHub" {
                environment.merge([
                    "GITHUB_TOKEN": "forge-token", "GITHUB_API_URL": "http://127.0.0.1:\(port)",
                    "GITHUB_REPOSITORY": "media/cluster",
                    "PR_NUMBER": "12",
                ]) { $1 }
            } else {
                environment.merge([
                    "GITLAB_TOKEN": "forge-token", "CI_API_V4_URL": "http://127.0.0.1:\(port)/api/v4",
                    "CI_PROJECT_ID": "3",
                    "CI_MERGE_REQUEST_IID": "12",
                ]) { $1 }
            }
            let copy = workspace.path("groups")
            try FileManager.default.copyItem(atPath: Self.example + "/groups", toPath: copy)
            func run() async throws -> Program.Outcome {
                try await workspace.start([Self.example + "/plan-comment", "-f", copy], environment: environment).end()
            }
            func comments() throws -> [Comment] {
                try JSONDecoder().decode(
                    [Comment].self, from: Data(contentsOf: URL(fileURLWithPath: workspace.path("comments"))))
            }
            let first = try await run()
            #expect(first.code == 0 && first.out == "commented\n", "\(first.error)")
            #expect(try comments().last?.body.contains("### Plan: no changes") == true)

            let live = try String(contentsOfFile: copy + "/live.yaml", encoding: .utf8)
            try workspace.write(live.replacing("min: 2\n", with: "min: 4\n"), to: "groups/live.yaml")
            let second = try await run()
            #expect(second.code == 0 && second.out == "updated comment 101\n", "\(second.error)")
            #expect(try comments().count == 2)
            let body = try #require(try comments().last?.body)
            #expect(
                body.contains("### Plan: 4 to create")
                    && body.contains("| `live` | `us-east` | `edge` | 2 | 4 | **2 create** |"), "\(body)")
            #expect(body.contains("Cost: 0.510 an hour now, 0.850 when it is done"))

            try workspace.write(live.replacing("min: 2\n", with: "minn: 4\n"), to: "groups/live.yaml")
            let third = try await run()
            #expect(third.code == 1 && third.error.contains("unknown key 'minn'"))
            #expect(try comments().count == 2 && comments().first?.body == "Looks good to me")
            #expect(try comments().last?.body.contains("### Plan: the spec has") == true)
        }
    }

    @Test("the pipelines are YAML, their commands are shell, and they call what is there")
    func files() async throws {
        try await Workspace.with { workspace in
            let outcome = try await workspace.bash(
                """
                set -e
                cd '\(Self.example)'
                sh -n plan-comment && test -x plan-comment
                python=$('\(Workspace.repository)/scripts/python-tools')/python
                "$python" - <<'END'
                import subprocess, yaml
                flow = yaml.safe_load(open('.github/workflows/plan.yaml'))
                job = flow['jobs']['plan']
                assert flow[True] == {'pull_request': {'paths': ['groups/**']}} and flow['permissions']['pull-requests'] == 'write'
                lab = yaml.safe_load(open('.gitlab-ci.yml'))['plan']
                steps = [step['run'] for step in job['steps'] if 'run' in step]
                for text in steps + lab['before_script'] + lab['script']:
                    subprocess.run(['sh', '-n', '-c', text], check=True)
                    assert '${{' not in text, 'what a pull request says must not be pasted into a command'
                assert steps[-1] == lab['script'][-1] == './plan-comment -f groups'
                wanted = {'SMRECONCILE_SERVER', 'SMRECONCILE_TOKEN', 'GITHUB_TOKEN', 'PR_NUMBER'}
                assert wanted == set(job['steps'][-1]['env'])
                END
                """, within: .seconds(60))
            #expect(outcome.code == 0, "\(outcome.out)\(outcome.error)")
        }
    }
}
