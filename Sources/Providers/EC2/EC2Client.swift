internal import Foundation
internal import Reconciler

/// Sends requests to EC2: signed, no faster than it takes them, with new credentials when the old ones are over.
struct EC2Client: Sendable {
    /// A request that is too much is sent so often before the caller is told.
    static let tries = 5
    /// A longer answer is not read on the shared pool: a thousand instances are some megabytes, and take a good part of a second.
    static let longestReadHere = 64 * 1024
    private static let reader = BlockingWorker("smreconcile.ec2.answers")

    private let http: HTTPClient
    private let credentials: AWSCredentialStore
    private let endpoint: String?
    /// One request at most; a list of a thousand instances takes a few seconds.
    private let timeout: Duration
    private let time: any TimeSource
    private let random: Locked<SeededRandom>
    private let paces = Locked<[String: EC2Pace]>([:])

    /// `endpoint` stands in place of Amazon's own. Chance spreads what waits.
    init(
        http: HTTPClient, credentials: AWSCredentialStore, endpoint: String?, timeout: Duration, time: any TimeSource,
        random: SeededRandom
    ) {
        self.http = http
        self.credentials = credentials
        self.endpoint = endpoint
        self.timeout = timeout
        self.time = time
        self.random = Locked(random)
    }

    /// The answer to a request in a region of Amazon's. `hiding` are texts that must not be seen in a message. It ends by the deadline:
    /// a request that was too much is not sent again where the wait before it is longer than what is left.
    func call(
        _ query: EC2Query, in region: String, by deadline: EC2Deadline, hiding: [String] = []
    ) async throws(EC2Fault) -> XMLTree {
        let key = "\(region)/\(query.action)"
        var tries = 0
        var isRenewed = false
        var last: EC2Refusal?
        while true {
            tries += 1
            try await waitForTurn(key, query, in: region, by: deadline, after: last)
            let keys = try await currentCredentials()
            let sent = time.now()
            let left = deadline.left(at: sent)
            guard left > .zero else {
                throw .notSent("\(query.action) in \(region): the time of this call was over before it was sent")
            }
            do throws(EC2Fault) {
                let answer = try await send(
                    query, in: region, with: keys, hiding: hiding, timeout: min(timeout, left))
                paces.with { $0[key, default: EC2Pace()].answered() }
                return answer
            } catch {
                guard case .refused(let refusal) = error else { throw error }
                switch refusal.kind {
                case .throttled, .unavailable:
                    let now = time.now()
                    let pause = paces.with { paces in
                        paces[key, default: EC2Pace()].throttled(sentAt: sent, now: now)
                        return paces[key]?.interval
                    }
                    last = refusal
                    last?.backOff = pause
                    guard tries < Self.tries else { throw .refused(last ?? refusal) }
                case .credentials where !isRenewed:
                    isRenewed = true
                    await credentials.refuse(keys)
                    // The same ones again would be refused again.
                    guard try await currentCredentials() != keys else { throw error }
                default: throw error
                }
            }
        }
    }

    private func currentCredentials() async throws(EC2Fault) -> AWSCredentials {
        do throws(CredentialFailure) { return try await credentials.current() } catch { throw .noCredentials(error) }
    }

    /// Waits as the pace of these requests says; `last` is what EC2 said to the same one before.
    private func waitForTurn(
        _ key: String, _ query: EC2Query, in region: String, by deadline: EC2Deadline, after last: EC2Refusal?
    ) async throws(EC2Fault) {
        let now = time.now()
        let pace = paces.with { $0[key] }
        let wait = pace.map { pace in random.with { pace.wait(at: now, using: &$0) } } ?? .zero
        if wait > .zero, wait >= deadline.left(at: now) {
            if let last { throw .refused(last) }
            throw .notSent(
                "\(query.action) in \(region) was too much for EC2 a moment ago: it is held back for another "
                    + "\(wait.specText), and this call has no time for that")
        }
        do {
            if wait > .zero { try await time.sleep(for: wait) }
            try Task.checkCancellation()
        } catch {
            throw .notSent("the request was cancelled before it was sent")
        }
    }

    private func send(
        _ query: EC2Query, in region: String, with keys: AWSCredentials, hiding: [String], timeout: Duration
    ) async throws(EC2Fault) -> XMLTree {
        let url = EC2Endpoint.url(of: region, insteadOf: endpoint)
        guard let parts = URLComponents(string: url), let host = EC2Endpoint.host(of: parts) else {
            throw .notSent("the provider's 'endpoint' has no host")
        }
        let body = query.body
        let type = ["Content-Type": "application/x-www-form-urlencoded; charset=utf-8"]
        let signed = SigV4.headers(
            signing: SigV4.Request(
                host: host, path: parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath, headers: type,
                body: body),
            with: keys, for: .init(region: region, service: "ec2"), at: time.now())
        var request = HTTPRequest(
            "POST", url, headers: type.merging(signed) { _, new in new }, body: body, timeout: timeout)
        request.isSentOnce = query.isChange
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await http.send(request)
        } catch {
            let words = "\(query.action) in \(region): \(error)"
            if case .unreachable = error { throw .notSent(words) }
            throw .lost(words)
        }
        let mask = SecretMask(keys.secrets + hiding)
        let (action, now) = (query.action, time.now())
        let answer =
            response.body.count <= Self.longestReadHere
            ? EC2Answer.read(response, to: action, at: now, mask: mask)
            : await Self.reader.run { EC2Answer.read(response, to: action, at: now, mask: mask) }
        return try answer.get()
    }
}

/// Where EC2 is.
enum EC2Endpoint {
    /// https://docs.aws.amazon.com/general/latest/gr/ec2-service.html; regions of China have a domain of their own.
    static func url(of region: String, insteadOf other: String?) -> String {
        other ?? "https://ec2.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")/"
    }

    /// Whether the tags are asked for first, where the spec does not say: of no server of Amazon's, by whichever of its names; see
    /// ``EC2Search``.
    static func usesTags(_ spec: EC2Spec) -> Bool {
        if let lookup = spec.lookup { return lookup == .tags }
        guard let host = spec.endpoint.flatMap({ URLComponents(string: $0)?.host?.lowercased() }) else { return false }
        return ![".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].contains { host.hasSuffix($0) }
    }

    /// As in the header `Host`: with the port, where it is not that of the scheme. Nil: the URL has no host.
    static func host(of url: URLComponents) -> String? {
        guard let host = url.percentEncodedHost, !host.isEmpty else { return nil }
        guard let port = url.port, port != (url.scheme == "https" ? 443 : 80) else { return host }
        return "\(host):\(port)"
    }
}
