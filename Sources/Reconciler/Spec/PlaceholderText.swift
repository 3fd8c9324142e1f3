/// The `{{placeholder}}` language of command lines and of user-data.
package enum PlaceholderText {
    /// The names between `{{` and `}}` in `texts`, each once, in the order of their first appearance.
    package static func names(in texts: [String]) -> [String] {
        var names: [String] = []
        for text in texts {
            _ = fill(text) { name in
                if !names.contains(name) { names.append(name) }
                return ""
            }
        }
        return names
    }

    /// `text` with every placeholder replaced by its value, and those that have none.
    ///
    /// A value is put in as it is: what looks like a placeholder in it is none. `{{` without `}}` stays.
    package static func fill(_ text: String, _ value: (String) -> String?) -> (text: String, unknown: [String]) {
        var result = ""
        var unknown: [String] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            let name = String(rest[open.upperBound..<close.lowerBound].filter { $0 != " " })
            if let value = value(name) { result += value } else { unknown.append(name) }
            rest = rest[close.upperBound...]
        }
        return (result + rest, unknown)
    }
}
