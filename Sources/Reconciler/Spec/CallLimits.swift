/// What bounds the calls to one provider, whatever its type: beside `type` in a document of kind `Provider`.
package struct CallLimits: Sendable, Equatable {
    /// What the outer time-out has on top of a provider's own: so long a provider may take to notice its time-out, clear up and
    /// say so itself, which it knows better than we do.
    static let margin: Duration = .seconds(10)

    /// A call that is not answered within this is given up: a create or destroy with an unknown result.
    package var timeout: Duration = .seconds(60)
    /// How often calls are begun; nil: as they come.
    package var rate: CallRate?
    /// Creates and destroys under way at once, per region.
    package var concurrency = Operations.concurrency

    /// Creates and destroys under way at once over all regions; nil: as many as the regions have. Those beyond it wait, and that wait
    /// does not count towards the time-out.
    package var changesAtOnce: Int?

    package init() {}

    /// Of a provider that makes one change of all that are asked for together: so many nodes in one run are plenty.
    static let batchedConcurrency = 256

    /// The limits where the document names none. What calls somebody else's service is slowed down before that service does it; Terraform
    /// does that itself.
    package init(defaultsFor settings: ProviderSpec.Settings) {
        switch settings {
        case .simulated, .process: break
        case .terraform: concurrency = Self.batchedConcurrency
        case .shell, .ec2: rate = CallRate(perSecond: 20, burst: 40)
        }
        if case .shell(let shell) = settings { changesAtOnce = shell.concurrency }
        if let longest = settings.longestAnswer { timeout = longest + Self.margin }
    }
}

/// A token bucket: calls begin at most so often in the long run, and a few more at once after a rest.
package struct CallRate: Sendable, Equatable {
    /// Slower or faster ones are a slip, and waits between them must not overflow.
    package static let allowed: ClosedRange<Double> = 0.01...10_000

    /// 0.01...10,000.
    package var perSecond: Double
    /// At least 1.
    package var burst: Int

    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

extension ProviderSpec.Settings {
    /// The time-out that the type has in its own block; nil when it has none.
    package var ownTimeout: Duration? {
        switch self {
        case .shell(let shell): shell.timeout
        case .terraform(let terraform): terraform.timeout
        case .simulated, .process, .ec2: nil
        }
    }

    /// How long a call may take that its own time-out bounds; nil when the type has none.
    package var longestAnswer: Duration? {
        if case .terraform(let terraform) = self { return terraform.callTimeout }
        return ownTimeout
    }
}
