internal import Reconciler

/// What a case acts through. It does as the control loop would: what may be tried again is, with the same token; what was cut short is
/// asked for again; and every list is held against all that the run made.
final class ConformanceBench: Sendable {
    /// A provider without capacity is asked again for so long: what a case before left may be on its way out.
    static let capacityPatience: Duration = .seconds(5)

    /// Behind its time-out and rate limit, as the daemon calls it.
    let provider: any Provider
    /// The same inside of these.
    let watch: WatchedProvider
    let setup: ConformanceSetup
    let ledger = ConformanceLedger()
    let time: any TimeSource
    /// So many creates or destroys are under way at once, as the control loop would have them.
    let callsAtOnce: Int
    private let drawn = Locked(0)
    /// Failures that were tried again in this case, and the words of the last.
    private let setbacks = Locked<(count: Int, last: String)>((0, ""))
    /// What only the clearing up of a case brought to light.
    let lateFindings = Locked<[String]>([])
    /// What the witness said before anything was made.
    private let testimony = Locked<String?>(nil)

    /// `made` is what ``makeProvider(_:dataDirectory:time:)`` gave.
    init(_ made: any Provider, name: String, limits: CallLimits, setup: ConformanceSetup, time: any TimeSource) {
        watch = WatchedProvider(made, timeout: limits.timeout)
        provider = GuardedProvider(watch, name: name, limits: limits, time: time)
        callsAtOnce = limits.concurrency
        self.setup = setup
        self.time = time
    }

    // MARK: Requests

    /// A request of a fresh node with a fresh token.
    func request(owner: String? = nil, _ adjust: (inout CreateRequest) -> Void = { _ in }) -> CreateRequest {
        let number = drawn.with { number in
            number += 1
            return number
        }
        let template = setup.template
        var request = CreateRequest(
            tags: InstanceTags(
                owner: owner ?? setup.owner, group: setup.group, region: setup.region, role: setup.role,
                node: NodeID("conformance-\(setup.runID)-\(number)")),
            token: "t\(setup.runID)x\(number)", revision: template.revision, template: template,
            credential: "no-secret-\(setup.runID)-\(number)", managerURL: ConformanceSetup.managerURL)
        adjust(&request)
        return request
    }

    // MARK: Calls

    /// Makes an instance, or returns that of the same token. Its answer must repeat the request.
    func make(_ request: CreateRequest) async throws -> Instance {
        ledger.intend(request)
        let provider = provider
        let made = try await persist("the create of \(request.tags.node)") { () throws(ProviderFailure) in
            try await provider.create(request)
        }
        learn(made, of: request)
        try expect(!made.id.isEmpty, "the instance of \(request.tags.node) has an empty id")
        try compare(made, with: request, "the answer to the create of \(request.tags.node)")
        try expect(made.state != .gone, "'\(made.id)' was just made, and its state is 'gone'")
        return made
    }

    /// The answer to a create came.
    func learn(_ made: Instance, of request: CreateRequest) {
        ledger.update(request.token) { $0.id = made.id }
        ledger.see(made.id, in: request.tags.region)
    }

    /// The same of several, as many at once as the provider's `concurrency` says; the instances in the order of the requests.
    func makeAtOnce(_ requests: [CreateRequest]) async throws -> [Instance] {
        try await withThrowingTaskGroup(of: (Int, Instance).self) { group in
            var made: [Int: Instance] = [:]
            for (index, request) in requests.enumerated() {
                if index >= callsAtOnce, let (first, instance) = try await group.next() { made[first] = instance }
                group.addTask { (index, try await self.make(request)) }
            }
            for try await (index, instance) in group { made[index] = instance }
            return made.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// What is there of this case and not gone, by a list that is complete. What a case before made may still be stopping.
    func list(owner: String? = nil, region: String? = nil) async throws -> [Instance] {
        let (owner, region, provider) = (owner ?? setup.owner, region ?? setup.region, provider)
        let what = "the list of region '\(region)'"
        let deadline = time.now() + setup.timeout
        var wait = setup.pause
        while true {
            let listing = try await persist(what) { () throws(ProviderFailure) in
                try await provider.list(owner: owner, region: region)
            }
            try inspect(listing, owner: owner, region: region)
            if listing.complete { return listing.instances.filter { $0.state != .gone && !ledger.isOld($0.token) } }
            let words = "\(what) was cut short" + (listing.shortfall.map { ": \($0)" } ?? "")
            if time.now() >= deadline {
                throw CaseEnd.failed("no list was complete within \(setup.timeout.specText); \(words)")
            }
            try await pause(&wait, after: words)
        }
    }

    /// Destroys; returns when that was accepted.
    func destroy(_ reference: InstanceReference) async throws {
        let provider = provider
        try await persist("the destroy of \(reference.tags.node)") { () throws(ProviderFailure) in
            try await provider.destroy(reference)
        }
        if let entry = ledger.entry(reference.token), entry.request.tags == reference.tags {
            ledger.update(reference.token) { $0.isDestroyed = true }
        }
    }

    /// Asks for a destroy so often, unless it is accepted or refused for good before.
    func attempt(_ reference: InstanceReference, times: Int) async throws(CaseEnd) {
        var wait = setup.pause
        for _ in 0..<times {
            do throws(ProviderFailure) {
                return try await provider.destroy(reference)
            } catch {
                if case .terminal = error { return }
            }
            try await pause(&wait)
        }
    }

    // MARK: Waiting

    /// Polls complete lists until one satisfies `condition`. `what` is expected of it, in words.
    @discardableResult
    func eventually(
        _ what: String, owner: String? = nil, _ condition: ([Instance]) -> Bool
    ) async throws -> [Instance] {
        let deadline = time.now() + setup.timeout
        var wait = setup.pause
        while true {
            let instances = try await list(owner: owner)
            if condition(instances) { return instances }
            if time.now() >= deadline {
                throw CaseEnd.failed(
                    "\(what) was expected within \(setup.timeout.specText); listed are \(Self.words(instances))")
            }
            try await pause(&wait)
        }
    }

    /// Waits until all of them are listed.
    func untilListed(_ made: [Instance], owner: String? = nil) async throws {
        let ids = Set(made.map(\.id))
        try await eventually("a complete list with \(Self.words(made))", owner: owner) { instances in
            ids.isSubset(of: instances.map(\.id))
        }
    }

    /// Calls until it succeeds. A failure that may pass is tried again until the time is up.
    func persist<Value: Sendable>(
        _ what: String, _ call: @Sendable () async throws(ProviderFailure) -> Value
    ) async throws(CaseEnd) -> Value {
        let begin = time.now()
        var wait = setup.pause
        var tries = 0
        while true {
            if Task.isCancelled { throw .interrupted }
            let failure: ProviderFailure
            do throws(ProviderFailure) {
                return try await call()
            } catch {
                failure = error
            }
            if Task.isCancelled { throw .interrupted }
            tries += 1
            let spent = time.now() - begin
            switch failure {
            case .terminal: throw .failed("\(what) was refused for good: \(failure.message)")
            case .noCapacity:
                if spent >= min(setup.timeout, Self.capacityPatience) {
                    throw .skipped("there is no room for it: \(failure.message)")
                }
            case .retryable, .unknown:
                if spent >= setup.timeout {
                    let times = tries == 1 ? "" : " \(tries) times"
                    throw .failed("\(what) failed\(times) within \(setup.timeout.specText): \(failure.message)")
                }
            }
            try await pause(&wait, after: failure.message)
        }
    }

    /// Waits, and longer each time. `failure` is what is tried again after it.
    func pause(_ wait: inout Duration, after failure: String? = nil) async throws(CaseEnd) {
        if let failure { setbacks.with { $0 = ($0.count + 1, failure) } }
        do {
            try await time.sleep(for: wait)
        } catch {
            throw .interrupted
        }
        wait = min(wait * 2, setup.longestPause)
    }

    /// What was tried again since the last call of this, in words; empty for nothing.
    func takeSetbacks() -> String {
        let (count, last) = setbacks.with { setbacks in
            defer { setbacks = (0, "") }
            return setbacks
        }
        return count == 0 ? "" : "tried again \(count) time\(count == 1 ? "" : "s"), the last after: \(last)"
    }

    // MARK: Bystanders

    /// Asks the witness before anything is made. One that has nothing to say then could not tell afterwards what was harmed.
    func hearWitness() async throws(ConformanceSetup.WitnessFailure) {
        guard let witness = setup.witness else { return }
        testimony.replace(with: try await witness())
    }

    /// What it said then; nil when there is none.
    var firstTestimony: String? { testimony.current }

    /// What it says now.
    func presentTestimony() async throws(CaseEnd) -> String {
        guard let witness = setup.witness else { return "" }
        do throws(ConformanceSetup.WitnessFailure) {
            return try await witness()
        } catch {
            throw .failed("the witness failed: \(error.message)")
        }
    }

    // MARK: Words

    /// `'i-1' and 'i-2'`, the first few of them.
    static func words(_ instances: [Instance]) -> String {
        if instances.isEmpty { return "none" }
        let shown = instances.prefix(5).map { "'\($0.id)' (\($0.state.rawValue))" }.joined(separator: ", ")
        return instances.count > 5 ? "\(shown) and \(instances.count - 5) more" : shown
    }
}
