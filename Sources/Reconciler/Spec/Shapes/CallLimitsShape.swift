/// The limits of a provider as far as a document names them; the rest depends on its type.
struct CallLimitsDraft: Sendable {
    /// See ``CallLimits/timeout``.
    var timeout: Duration?
    /// See ``CallLimits/rate``.
    var rate: CallRate?
    /// See ``CallLimits/concurrency``.
    var concurrency: Int?

    /// The limits of a provider with these settings.
    func limits(of settings: ProviderSpec.Settings) -> CallLimits {
        var limits = CallLimits(defaultsFor: settings)
        limits.timeout = timeout ?? limits.timeout
        limits.rate = rate ?? limits.rate
        limits.concurrency = concurrency ?? limits.concurrency
        return limits
    }

    /// The outer time-out leaves the inner one its time: else every slow call would end with an unknown result, though the provider
    /// itself would have known it a moment later. `node` is the provider's `spec`.
    func check(with settings: ProviderSpec.Settings, _ node: YAMLNode, _ context: SpecContext) {
        guard let timeout, let own = settings.ownTimeout, timeout < own, let place = node["timeout"] else { return }
        let type = settings.typeName
        context.conflict(
            "timeout \(timeout.specText) is less than \(own.specText), the timeout of '\(type)'", at: place,
            with: node[type]?["timeout"], suggestion: "leave it out, or raise it")
    }
}

extension Fields {
    /// Adds `timeout`, `rateLimit` and `concurrency`, the limits that providers of every type have.
    mutating func addCallLimits(_ set: @escaping @Sendable (inout Owner, (inout CallLimitsDraft) -> Void) -> Void) {
        add(
            "timeout", .positiveDuration,
            "A call that takes longer is given up; default: 60s; for shell and terraform it follows from their own timeout.",
            example: "60s"
        ) { owner, value in set(&owner) { $0.timeout = value } }
        add(
            "rateLimit", Shape<CallRate>.callRate,
            "How often calls are begun; default: 20 per second for shell and ec2, else no limit.",
            example: ["perSecond": 10, "burst": 20],
            synonyms: ["rate", "qps", "throttle"]
        ) { owner, value in set(&owner) { $0.rate = value } }
        add(
            "concurrency", .integer(1...1024),
            "Creates and destroys under way at once, per region; default: 16, terraform: 256.", example: 16,
            synonyms: ["parallelism", "maxConcurrency"]
        ) { owner, value in set(&owner) { $0.concurrency = value } }
    }
}

extension Shape where Value == CallRate {
    private struct Draft: Sendable {
        var perSecond: Double?
        var burst: Int?
    }

    /// `{perSecond: 10, burst: 20}`.
    static let callRate = Shape<Draft>.object("rate limit", make: { Draft() }) { fields in
        fields.add(
            "perSecond", .callsPerSecond, "Calls per second in the long run.", example: 10, required: true,
            synonyms: ["rate", "qps", "requestsPerSecond"]
        ) { $0.perSecond = $1 }
        fields.add(
            "burst", .integer(1...100_000), "Calls at once after a rest; default: those of two seconds.", example: 20
        ) {
            $0.burst = $1
        }
    }.map { draft, _, _ -> CallRate? in
        draft.perSecond.map { CallRate(perSecond: $0, burst: draft.burst ?? max(1, Int(($0 * 2).rounded(.up)))) }
    }
}

extension Shape where Value == Double {
    /// Within ``CallRate/allowed``.
    fileprivate static let callsPerSecond = Shape.number(
        CallRate.allowed, "a number from 0.01 to 10000")

    /// What an hour of a node costs, within ``PriceList/allowed``.
    static let price = Shape.number(PriceList.allowed, "a price per hour such as 0.085")

    private static func number(_ allowed: ClosedRange<Double>, _ words: String) -> Shape {
        Shape(
            ["type": "number", "minimum": .number(allowed.lowerBound), "maximum": .number(allowed.upperBound)]
        ) { node, context in
            guard case .scalar(let text, .plain) = node.value, let value = YAMLScalar.number(text),
                allowed.contains(value)
            else {
                context.expected(words, node)
                return nil
            }
            return value
        }
    }
}
