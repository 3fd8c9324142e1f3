/// Links in the header of an answer (RFC 8288), as far as our own manager writes them.
enum LinkHeader {
    /// The path of the next page; nil when there is none, or the link leads to another place than the server that was asked: the token
    /// goes nowhere else.
    static func next(_ value: String?) -> String? {
        guard let value, value.hasPrefix("</"), !value.hasPrefix("<//"), let end = value.firstIndex(of: ">"),
            value[end...].hasPrefix(">; rel=\"next\"")
        else { return nil }
        return String(value[..<end].dropFirst())
    }
}
