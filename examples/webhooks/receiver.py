"""Takes webhooks of smreconcile: checks the signature and the age, takes each event once, and prints it. Port as the first argument."""
import base64, hashlib, hmac, http.server, json, os, sys, time

SECRETS = open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "secret")).read().split()
KEYS = [base64.b64decode(secret.removeprefix("whsec_")) for secret in SECRETS]
taken = set()  # a real one keeps this in its database, as long as the queue's maxAge


def is_genuine(headers, body):
    id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False  # an old one that somebody sends again
    signed = f"{id}.{timestamp}.".encode() + body
    good = ["v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in KEYS]
    return any(hmac.compare_digest(a, b) for a in good for b in headers["webhook-signature"].split())


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            genuine = is_genuine(self.headers, body)
        except (TypeError, ValueError, AttributeError):
            genuine = False
        if genuine and self.headers["webhook-id"] not in taken:
            taken.add(self.headers["webhook-id"])
            event = json.loads(body)
            print(self.path, event["timestamp"], event["type"], event["data"]["subject"], event["data"]["message"], flush=True)
        self.send_response(204 if genuine else 401)
        self.end_headers()

    def log_message(self, *words):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
