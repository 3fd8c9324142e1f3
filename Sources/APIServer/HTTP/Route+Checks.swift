internal import Reconciler

extension Route {
    /// Throws where its parameters or its body are not of the kind that the documentation tells: one that is not understood could have
    /// narrowed what is done.
    func check(_ call: borrowing RouteCall) throws(Problem) {
        if !call.request.query.isEmpty, !document.bearsUnknown, let parameters = document.parameters {
            let fields = call.request.fields
            try fields.allow(only: parameters.map(\.name))
            for parameter in parameters { try parameter.checkLength(fields) }
        }
        if !call.request.body.isEmpty, let body = document.body,
            let type = call.request.headers.first(.contentType)
        {
            try body.check(type)
        }
    }
}

extension RouteDocument.Parameter {
    /// Throws for a text that is shorter or longer than the schema says. JSON Schema counts code points.
    fileprivate func checkLength(_ fields: FormFields) throws(Problem) {
        guard case .integer(let longest)? = schema["maxLength"], let text = try fields.text(name) else { return }
        let shortest = if case .integer(let count)? = schema["minLength"] { count } else { 0 }
        guard (shortest...longest).contains(text.unicodeScalars.count) else {
            throw .badRequest("the parameter '\(name)' must have \(shortest) to \(longest) characters")
        }
    }
}

extension RouteDocument.Body {
    /// Throws 415 for a media type that this body is not read as. Judged where JSON is taken; other routes pass on what comes, or read
    /// forms, as their clients send them.
    fileprivate func check(_ field: ArraySlice<UInt8>) throws(Problem) {
        guard contentTypes.contains(MediaType.json) else { return }
        let type = MediaType.essence(of: field)
        // Empty says nothing. curl says the last of whatever it sends with -d.
        if type.isEmpty || type == MediaType.form || contentTypes.contains(type) { return }
        if type.hasSuffix("+json") { return }
        if contentTypes.contains(MediaType.yaml), type.hasSuffix("+yaml") || MediaType.yamlToo.contains(type) { return }
        let accepted = contentTypes.joined(separator: ", ")
        throw Problem(
            415, "the body is of the type \(JSONWriter.quoted(String(type.prefix(80)))), and this takes \(accepted)",
            headers: [("Accept", accepted)])
    }
}

/// Media types (RFC 9110 section 8.3.1).
enum MediaType {
    /// Of most bodies.
    static let json = "application/json"
    /// Of documents (RFC 9512).
    static let yaml = "application/yaml"
    /// What YAML was called before.
    static let yamlToo: Set<String> = ["application/x-yaml", "text/yaml", "text/x-yaml", "text/vnd.yaml"]
    /// Of forms.
    static let form = "application/x-www-form-urlencoded"

    /// Type and subtype in lower case, without parameters.
    static func essence(of field: ArraySlice<UInt8>) -> String {
        let bytes = field.prefix { $0 != UInt8(ascii: ";") }.filter { $0 != 0x20 && $0 != 0x09 }
        return String(decoding: bytes.map(\.asciiLowercased), as: UTF8.self)
    }
}

extension Problem {
    /// 413: over the limit of a route's body.
    static func tooLarge(_ limit: Int) -> Problem {
        Problem(413, "the body is larger than \(limit) bytes, which is the limit here")
    }
}
