package import Foundation

/// One request of ours.
package struct HTTPRequest: Sendable, Equatable {
    package var method: String
    /// `http://` or `https://`; nothing else is spoken.
    package var url: String
    package var headers: [String: String]
    package var body: Data?
    /// For all of it, from the look-up of the name to the last byte.
    package var timeout: Duration
    /// False: only the head of the answer counts. The body is dropped, and one that is long or slow is broken off.
    package var isBodyWanted = true
    /// False: straight to the host, whatever proxy the environment names.
    package var usesProxy = true
    /// True: on a connection of its own. On one that was kept, and turns out to be closed without an answer, libcurl sends any request a
    /// second time by itself, though the first may have had its effect.
    package var isSentOnce = false

    package init(
        _ method: String = "GET", _ url: String, headers: [String: String] = [:], body: Data? = nil,
        timeout: Duration = .seconds(10)
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }

    /// The URL without what may be secret in it: user, password, query and fragment.
    package var place: String {
        guard var parts = URLComponents(string: url) else { return "the given URL" }
        parts.user = nil
        parts.password = nil
        parts.query = nil
        parts.fragment = nil
        return parts.string ?? "the given URL"
    }
}

/// What came back. Redirects are not followed: they come back as they are.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    /// By lower-case name; of a name that came twice the last, but of `link` all, with commas.
    package var headers: [String: String]
    package var body: Data

    package init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// 200...299.
    package var isSuccess: Bool { (200...299).contains(status) }
}

/// Why there is no response, as far as a caller reacts differently; the text names the place.
package enum HTTPFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// No connection: the request had no effect.
    case unreachable(String)
    /// It took too long: the request may have had its effect.
    case timedOut(String)
    /// Anything else; the request may have had its effect.
    case other(String)

    package var description: String {
        switch self {
        case .unreachable(let text), .timedOut(let text), .other(let text): text
        }
    }
}
