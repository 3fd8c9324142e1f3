import Foundation
import Providers

/// Asks over HTTPS as our commands do. In a file of its own: both our client and our server have an `HTTPRequest`.
struct TLSAsker: Sendable {
    private let client: HTTPClient

    init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        client = HTTPClient(
            handles: 1, tls: ClientTLS(authorities: authorities, certificate: certificate, key: key))
    }

    /// The body of the answer, or why there is none.
    func ask(_ url: String) async -> String {
        do throws(HTTPFailure) {
            return String(decoding: try await client.send(HTTPRequest("GET", url)).body, as: UTF8.self)
        } catch {
            return "\(error)"
        }
    }
}
