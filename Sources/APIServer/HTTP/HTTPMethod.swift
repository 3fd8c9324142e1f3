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
    /// No route has it: a path that is there answers 405, as to every method that it does not have.
    case trace = "TRACE"
    /// Any other token: the same. Its own name is of no use to anybody here.
    case other = "OTHER"
}
