/// The request methods that some route may answer.
package enum HTTPMethod: String, Sendable, CaseIterable {
    // Each as RFC 9110 section 9 has it; PATCH is RFC 5789.
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}
