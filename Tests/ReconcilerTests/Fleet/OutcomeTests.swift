import Testing

@testable import Reconciler

/// What the answers to creates and destroys prove.
@Suite struct OutcomeTests {
    private func observe(
        _ fleet: inout Fleet, _ kind: Operation.Kind, _ result: Result<Instance?, ProviderFailure>,
        at now: Timestamp = noon
    ) -> [String] {
        var random = SeededRandom(seed: 1)
        let outcome = OperationOutcome(Operation(kind, "a"), result)
        return fleet.observe(Observation(outcomes: [outcome]), owner: Sample.owner, now: now, using: &random)
            .map(\.reason)
    }

    @Test func `a create that was answered is a created node`() {
        var fleet = Sample.fleet([Sample.node("a", .creating) { $0.attempts = 3 }])
        #expect(observe(&fleet, .create, .success(Sample.instance("a"))) == ["NodeCreated"])
        let node = fleet.nodes["a"]
        #expect(node?.state == .created && node?.createdAt == noon && node?.instanceID == "i-a" && node?.attempts == 0)
    }

    @Test func `a create answered after the node was given up leaves what is to be destroyed`() {
        for state in [NodeState.terminating, .terminated] {
            var fleet = Sample.fleet([
                Sample.node("a", state) {
                    $0.since = noon
                    $0.instanceID = nil
                    $0.address = nil
                }
            ])
            #expect(observe(&fleet, .create, .success(Sample.instance("a"))) == [])
            #expect(fleet.nodes["a"]?.state == state && fleet.nodes["a"]?.instanceID == "i-a")
        }
    }

    @Test func `a list proves nothing about a node whose create is still out, or was answered after it was asked`() {
        let asked = noon + .seconds(4)
        for isOut in [true, false] {
            var fleet = Sample.fleet([Sample.node("a", .terminating) { $0.instanceID = nil }])
            var observation = Sample.list([], askedAt: asked)
            if isOut {
                observation.underWay = ["a"]
            } else {
                observation.outcomes = [OperationOutcome(Operation(.create, "a"), .success(Sample.instance("a")))]
            }
            var random = SeededRandom(seed: 1)
            _ = fleet.observe(observation, owner: Sample.owner, now: noon + .seconds(6), using: &random)
            #expect(fleet.nodes["a"]?.state == .terminating)
            _ = fleet.observe(
                Sample.list([], askedAt: noon + .seconds(8)), owner: Sample.owner, now: noon + .seconds(8),
                using: &random)
            #expect(fleet.nodes["a"]?.state == .terminated)
        }
    }

    @Test func `a late answer does not undo what a list showed`() {
        var fleet = Sample.fleet([Sample.node("a")])
        #expect(observe(&fleet, .create, .success(Sample.instance("a", state: .pending, address: nil))) == [])
        #expect(fleet.nodes["a"]?.address == "203.0.113.7" && fleet.nodes["a"]?.state == .inService)
    }

    @Test func `a create whose instance is gone already is over`() {
        var fleet = Sample.fleet([Sample.node("a", .creating)])
        #expect(observe(&fleet, .create, .success(Sample.instance("a", state: .gone))) == ["NodeGone"])
        #expect(fleet.nodes["a"]?.state == .terminated)
    }

    @Test func `a create with an unknown result is found in the next list`() {
        var fleet = Sample.fleet([Sample.node("a", .creating)])
        #expect(observe(&fleet, .create, .failure(.unknown("timeout"))) == ["CreateFailed"])
        #expect(fleet.nodes["a"]?.state == .creating && fleet.nodes["a"]?.token == "token-a")
        var random = SeededRandom(seed: 1)
        _ = fleet.observe(Sample.list([Sample.instance("a")]), owner: Sample.owner, now: noon, using: &random)
        #expect(fleet.nodes["a"]?.state == .created)
        #expect(Operations.due(fleet, inFlight: [], now: noon + .seconds(60)).isEmpty)
    }

    @Test(arguments: [
        ProviderFailure.retryable("no route"), .noCapacity("no route"), .terminal("no route"), .unknown("no route"),
    ])
    func `a failure is kept in words and tried again later`(_ failure: ProviderFailure) {
        for (kind, state) in [(Operation.Kind.create, NodeState.creating), (.destroy, .terminating)] {
            var fleet = Sample.fleet([Sample.node("a", state)])
            #expect(observe(&fleet, kind, .failure(failure)) == [kind == .create ? "CreateFailed" : "DestroyFailed"])
            let node = fleet.nodes["a"]
            #expect(node?.state == state && node?.attempts == 1 && node?.lastError == "no route")
            #expect(node.flatMap(\.retryAt).map { $0 > noon } == true)
        }
    }

    @Test func `a call that goes on failing says the same each time, so that it is counted`() {
        for (kind, state) in [(Operation.Kind.create, NodeState.creating), (.destroy, .terminating)] {
            var fleet = Sample.fleet([Sample.node("a", state)])
            var random = SeededRandom(seed: 1)
            let outcome = OperationOutcome(Operation(kind, "a"), .failure(.retryable("no route")))
            let events = (0..<3).flatMap { attempt in
                fleet.observe(
                    Observation(outcomes: [outcome]), owner: Sample.owner, now: noon + .seconds(attempt * 60),
                    using: &random)
            }
            #expect(events.map(\.message) == ["no route", "no route", "no route"])
            #expect(Set(events.map(\.identity)).count == 1 && events.allSatisfy { $0.level == .warning })
            #expect(fleet.nodes["a"]?.attempts == 3)
        }
    }

    @Test func `an accepted destroy is asked for again while the instance is listed`() {
        var fleet = Sample.fleet([Sample.node("a", .terminating) { $0.attempts = 2 }])
        #expect(observe(&fleet, .destroy, .success(nil)) == [])
        #expect(fleet.nodes["a"]?.state == .terminating && fleet.nodes["a"]?.attempts == 0)
        #expect(Operations.due(fleet, inFlight: [], now: noon).isEmpty)
        #expect(Operations.due(fleet, inFlight: [], now: noon + Backoff.destroyRepeat).count == 1)
    }

    @Test func `the answer for a node that is struck is nothing`() {
        var fleet = Sample.fleet([])
        #expect(observe(&fleet, .create, .success(Sample.instance("a"))) == [])
        #expect(observe(&fleet, .destroy, .failure(.retryable(""))) == [])
        #expect(fleet.nodes.isEmpty && fleet.unstored.upserts.isEmpty)
    }
}
