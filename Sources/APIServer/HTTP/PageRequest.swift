internal import Reconciler

/// Which part of a long list is asked for: `limit` members behind `after`. The answer says by `Link` (RFC 8288) how to go on.
struct PageRequest: Sendable, Equatable {
    /// Members of a page: with 100,000 in one answer, it would take long to write and longer to read.
    static let limits: ClosedRange<Int64> = 1...1000
    /// Where no `limit` is given.
    static let standard = 1000
    /// The parameters of every list in pages.
    static let parameters = parameters(startingAt: nil)

    /// The same, where members are told by texts of this form, a regular expression.
    static func parameters(startingAt pattern: String?) -> [RouteDocument.Parameter] {
        var after = RouteDocument.Parameter.text(
            "after", "The last member of the page before, as in the link to the next.", lengths: 1...1024)
        if let pattern { after.schema = after.schema.with(["pattern": .string(pattern)]) }
        return [.integer("limit", limits, "Members of a page; \(standard) if not said."), after]
    }
    /// The header field that leads on.
    static let link = (name: "Link", help: "The next page, as `rel=\"next\"`, where there is one.")

    /// Within ``limits``.
    let limit: Int
    /// The last member of the page before; nil: from the start.
    let after: String?

    /// Reads `limit` and `after`.
    init(_ fields: FormFields) throws(Problem) {
        limit = Int(try fields.integer("limit", in: Self.limits) ?? Int64(Self.standard))
        after = try fields.text("after")
    }

    /// The answer, with a link to the page behind `last` unless that is nil. `filters` are the other parameters that were given.
    func answer(
        _ body: [UInt8], at path: String, filters: [(name: String, value: String?)], last: String?
    ) -> HTTPResponse {
        var response = HTTPResponse.json(body)
        guard let last else { return response }
        let fields = filters + [("limit", "\(limit)"), ("after", last)]
        let query = fields.compactMap { field in field.value.map { "\(field.name)=\(Self.encoded($0))" } }
        response.headers.append(("Link", "<\(path)?\(query.joined(separator: "&"))>; rel=\"next\""))
        return response
    }

    private static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        RouteAnswerBytes.percentEncode(text.utf8, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
