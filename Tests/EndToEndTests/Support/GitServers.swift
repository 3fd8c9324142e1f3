import Foundation
import Glibc

/// Servers of bare repositories, as forges are: smart HTTP with a password, and ssh with a deploy key.
enum GitServers {
    /// Serves the repositories of a directory to the user `git` with a password; `down` in it lets it answer 503. `http://127.0.0.1:PORT`.
    static func http(_ workspace: Workspace, of directory: String, password: String) async throws -> String {
        try workspace.write(password, to: "password")
        let script = try workspace.write(
            """
            import base64, http.server, os, subprocess, sys
            root = sys.argv[1]
            want = 'Basic ' + base64.b64encode(('git:' + open(sys.argv[2]).read()).encode()).decode()
            class Handler(http.server.BaseHTTPRequestHandler):
                def log_message(self, *words): pass
                def serve(self):
                    body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
                    if os.path.exists(root + '/down'): return self.send_error(503)
                    if self.headers.get('Authorization') != want:
                        self.send_response(401)
                        self.send_header('WWW-Authenticate', 'Basic realm="git"')
                        self.send_header('Content-Length', '0')
                        return self.end_headers()
                    path, _, query = self.path.partition('?')
                    env = dict(os.environ, GIT_PROJECT_ROOT=root, GIT_HTTP_EXPORT_ALL='1', PATH_INFO=path, QUERY_STRING=query,
                               REQUEST_METHOD=self.command, REMOTE_USER='git', CONTENT_TYPE=self.headers.get('Content-Type', ''),
                               HTTP_CONTENT_ENCODING=self.headers.get('Content-Encoding', ''),
                               GIT_PROTOCOL=self.headers.get('Git-Protocol', ''), GIT_CONFIG_COUNT='1',
                               GIT_CONFIG_KEY_0='safe.directory', GIT_CONFIG_VALUE_0='*')
                    out = subprocess.run(['git', 'http-backend'], input=body, env=env, capture_output=True).stdout
                    head, _, rest = out.partition(b'\\r\\n\\r\\n')
                    fields = [line.split(': ', 1) for line in head.decode().split('\\r\\n') if ': ' in line]
                    status = [v for k, v in fields if k == 'Status']
                    self.send_response(int(status[0].split()[0]) if status else 200)
                    for k, v in fields:
                        if k != 'Status': self.send_header(k, v)
                    self.send_header('Content-Length', str(len(rest)))
                    self.end_headers()
                    self.wfile.write(rest)
                do_GET = do_POST = serve
            server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
            print(server.server_address[1], flush=True)
            server.serve_forever()
            """, to: "server.py")
        let program = try workspace.start(["python3", script, directory, workspace.path("password")])
        let port = try await eventually("the git server's port") {
            Int(program.out.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return "http://127.0.0.1:\(port)"
    }

    /// An ssh server that lets one key in, as the user who runs the tests.
    struct SSH {
        /// `ssh://USER@127.0.0.1:PORT`.
        let url: String
        /// The private key.
        let key: String
        /// The server's own.
        let knownHosts: String
    }

    /// Starts it.
    static func ssh(_ workspace: Workspace) async throws -> SSH {
        let directory = workspace.path("ssh")
        let made = try await workspace.bash(
            """
            set -e
            mkdir -p '\(directory)' && cd '\(directory)'
            [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
            ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f deploy
            cp deploy.pub authorized
            python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
            id -un
            """)
        let words = made.out.split(separator: "\n").map(String.init)
        guard made.code == 0, words.count == 2 else { throw NeverHappened(description: "no ssh keys: \(made.error)") }
        let settings = try workspace.write(
            """
            Port \(words[0])
            ListenAddress 127.0.0.1
            HostKey \(directory)/host
            PidFile none
            AuthorizedKeysFile \(directory)/authorized
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin prohibit-password

            """, to: "sshd.conf")
        let host = try String(contentsOfFile: directory + "/host.pub", encoding: .utf8)
        let known = try workspace.write("[127.0.0.1]:\(words[0]) \(host)", to: "known")
        let server = try workspace.start([sshd ?? "sshd", "-D", "-e", "-f", settings])
        try await eventually("the ssh server") {
            if server.poll() != nil { throw NeverHappened(description: "sshd ended: \(server.error)") }
            return server.error.contains("listening")
        }
        return SSH(url: "ssh://\(words[1])@127.0.0.1:\(words[0])", key: directory + "/deploy", knownHosts: known)
    }

    /// The ssh server, if the machine has one.
    static let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].first { FileManager.default.isExecutableFile(atPath: $0) }
}
