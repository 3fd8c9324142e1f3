internal import Reconciler

/// Why a request is not answered as it hoped: the facts, which ``response(to:)`` renders, the one place that does.
package struct Problem: Error, Sendable {
    /// The HTTP status, 400...599.
    package var status: Int
    /// What is wrong and what to do, for people: lower case first, no full stop.
    package var detail: String
    /// Further header fields of the answer.
    package var headers: [(name: String, value: String)]
    /// Further sentences, each a trouble of its own; sent only when there are any.
    package var troubles: [String]

    /// There is nothing at the path, or not by this method: true of the request whatever its body is.
    var isOfPath: Bool { status == 404 || status == 405 }

    /// Any problem.
    package init(
        _ status: Int, _ detail: String, headers: [(name: String, value: String)] = [], troubles: [String] = []
    ) {
        self.status = status
        self.detail = detail
        self.headers = headers
        self.troubles = troubles
    }

    /// 400: the request itself is wrong.
    package static func badRequest(_ detail: String) -> Problem { Problem(400, detail) }

    /// 401, with the scheme that is asked for (RFC 6750 section 3).
    package static func unauthorized(_ detail: String) -> Problem {
        Problem(401, detail, headers: [("WWW-Authenticate", "Bearer realm=\"smreconcile\"")])
    }

    /// 403: known, and not allowed.
    package static func forbidden(_ detail: String) -> Problem { Problem(403, detail) }

    /// 404: nothing by that name.
    package static func notFound(_ detail: String) -> Problem { Problem(404, detail) }

    /// 503: later it may work.
    package static func unavailable(_ detail: String, retryAfter: Duration, troubles: [String] = []) -> Problem {
        Problem(503, detail, headers: [retry(after: retryAfter)], troubles: troubles)
    }

    /// 429: less often, please.
    package static func tooMany(_ detail: String, retryAfter: Duration) -> Problem {
        Problem(429, detail, headers: [retry(after: retryAfter)])
    }

    /// Whole seconds, at least one, rounded up.
    private static func retry(after duration: Duration) -> (name: String, value: String) {
        ("Retry-After", "\(max(1, (duration.wholeMilliseconds + 999) / 1000))")
    }

    /// `application/problem+json` (RFC 9457), with `error` and `errorMessage` for older clients.
    package func response(to request: HTTPRequest) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", "about:blank")
        json.field("title", HTTPStatus.phrase(status))
        json.field("status", status)
        json.field("detail", detail)
        json.field("error", detail)
        json.field("errorMessage", detail)
        // Neither is known of a request that never came whole.
        if !request.path.isEmpty { json.field("instance", request.pathText) }
        if !request.id.isEmpty { json.field("requestId", request.id) }
        if !troubles.isEmpty { json.field("troubles", troubles) }
        json.endObject()
        var response = HTTPResponse(
            status: status, contentType: "application/problem+json", headers: headers, body: json.bytes,
            marks: .noStore)
        response.requestID = request.id
        return response
    }
}

/// The names of HTTP statuses (RFC 9110 section 15).
package enum HTTPStatus {
    /// The reason phrase of those statuses that are in use here.
    package static func phrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 302: "Found"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status \(status)"
        }
    }
}
