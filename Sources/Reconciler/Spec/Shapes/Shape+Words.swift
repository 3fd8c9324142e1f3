import Foundation

/// The rules for names of groups, regions, roles and providers: they become tags, host names and metric labels.
enum NameRule {
    /// As long as a DNS label (RFC 1035, section 2.3.4).
    static let maximumLength = 63

    /// The JSON Schema of names.
    static let schema: SchemaValue = [
        "title": "name", "type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    ]

    /// What is wrong with a name; nil when nothing is.
    static func problem(_ name: String) -> String? {
        let bytes = name.utf8
        if bytes.isEmpty { return "is empty" }
        if bytes.count > maximumLength { return "is longer than \(maximumLength) characters" }
        for byte in bytes where !isAllowed(byte) { return "may have only a-z, 0-9 and '-'" }
        if bytes.first == UInt8(ascii: "-") || bytes.last == UInt8(ascii: "-") {
            return "may not begin or end with '-'"
        }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

extension Shape where Value == String {
    /// A name by ``NameRule``. As of any text, a number needs quotes: `0x10` and `1e3` are not what they look like.
    static func name(_ title: String) -> Shape {
        Shape(NameRule.schema) { node, context in
            guard let text = node.text, !node.isNull else {
                context.expected("a name", node)
                return nil
            }
            if node.isNumberOrBoolean {
                context.expected("a name", node, "write '\(text)' in quotes")
                return nil
            }
            if let problem = NameRule.problem(text) {
                context.error("\(title) name '\(text.shortened)' \(problem)", at: node)
                return nil
            }
            return text
        }
    }

    /// The name of a metric: dotted words, such as `connections.publisher`.
    static let metric = Shape(MetricName.schema) { node, context in
        guard let text = node.text, MetricName.isValid(text), !node.isNumberOrBoolean, !node.isNull else {
            context.expected("a metric name such as connections.publisher", node)
            return nil
        }
        return text
    }

    /// An IANA time zone.
    static let timeZone = Shape(["title": "IANA time zone", "type": "string"]) { node, context in
        guard let text = node.text, !node.isNull else {
            context.expected("a time zone such as Europe/Dublin", node)
            return nil
        }
        guard context.isTimeZone(text, look: TimeZoneName.isKnown) else {
            context.error("unknown time zone '\(text.shortened)'", at: node, TimeZoneName.suggestion(for: text))
            return nil
        }
        return text
    }

    /// A protocol of an endpoint: `rtmp`, `wss`, `srt`.
    static let protocolName = Shape([
        "title": "protocol in lower case", "type": "string", "pattern": "^[a-z][a-z0-9+-]{0,31}$",
    ]) { node, context in
        guard let text = node.text, let first = text.utf8.first, text.utf8.count <= 32, !node.isNumberOrBoolean,
            !node.isNull,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            text.utf8.allSatisfy({ NameRule.problem(String(UnicodeScalar($0))) == nil || $0 == 0x2B || $0 == 0x2D })
        else {
            context.expected("a protocol such as rtmp, in lower case", node)
            return nil
        }
        return text
    }

    /// A stream scope. Some words would collide with the API's own paths.
    static let scope = Shape(["title": "stream scope", "type": "string", "pattern": "^[A-Za-z0-9._/-]{1,255}$"]) {
        node, context in
        guard let text = node.text, !node.isNull, (1...255).contains(text.utf8.count) else {
            context.expected("a stream scope of 1 to 255 characters", node)
            return nil
        }
        if node.isNumberOrBoolean {
            context.expected("a stream scope", node, "write '\(text)' in quotes")
            return nil
        }
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        let isPlain = text.utf8.allSatisfy {
            MetricName.isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "/")
        }
        if !isPlain || segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            context.error(
                "stream scope '\(text.shortened)' may have only letters, digits, '.', '_', '-' and single '/'", at: node
            )
            return nil
        }
        if let first = segments.first, ReservedScope.all.contains(String(first)) {
            context.error("stream scope '\(text.shortened)' is reserved: the API has paths of that name", at: node)
            return nil
        }
        return text
    }
}

/// Stream scopes that no group may serve, since paths of the API begin with them.
package enum ReservedScope {
    /// First words of the API's paths under a scope.
    static let all = ["stream", "provision", "mixer"]

    /// Whether a scope is one of these, or begins with one and a slash.
    package static func contains(_ scope: String) -> Bool {
        // Asked for each client, and mostly answered by the first byte.
        switch scope.utf8.first {
        case UInt8(ascii: "s"), UInt8(ascii: "p"), UInt8(ascii: "m"):
            let word = scope.utf8.prefix { $0 != UInt8(ascii: "/") }
            return all.contains { $0.utf8.elementsEqual(word) }
        default: return false
        }
    }
}

extension Shape where Value == [String: Double] {
    /// Numbers above zero by metric.
    static let byMetric = Shape<Double>.positive.dictionary("metric", names: MetricName.schema) {
        MetricName.isValid($0) ? nil : "is none: write dotted words such as connections.publisher"
    }
}

/// The rules for metric names.
enum MetricName {
    /// The JSON Schema of metric names.
    static let schema: SchemaValue = [
        "title": "metric name", "type": "string", "pattern": #"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$"#,
        "maxLength": 128,
    ]

    /// Whether it is dotted words: the first begins with a letter or `_`, later ones may begin with a digit, as in
    /// `cpu.loadavg.1min`. At most 128 bytes.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
            name.utf8.count <= 128
        else { return false }
        var isStart = true
        for byte in name.utf8 {
            if byte == UInt8(ascii: ".") {
                if isStart { return false }
                isStart = true
            } else {
                guard isWord(byte) else { return false }
                isStart = false
            }
        }
        return !isStart
    }

    /// Letters, digits and `_`.
    static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
