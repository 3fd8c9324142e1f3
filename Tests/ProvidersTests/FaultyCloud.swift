import Reconciler

@testable import Providers

/// A cloud in memory that keeps the contract but for one fault.
final class FaultyCloud: Provider {
    /// What is wrong with it, and the case that must find it.
    enum Fault: String, CaseIterable, Sendable {
        case refusesNewOwners = "empty-list"
        case losesGroup = "exact-tags"
        case readsNumbers = "odd-values"
        case neverRuns = "runs"
        case hasNoAddress = "address"
        case forgetsTokens = "same-token"
        case looksBeforeItWrites = "same-token-at-once"
        case forgetsWhenHungUpOn = "lost-answer"
        case sharesInstances = "many-at-once"
        case cutsSilently = "paging"
        case flickers = "list-while-creating"
        case matchesOwnersByPrefix = "owners"
        case ignoresRegions = "regions"
        case keepsTheDestroyed = "destroy"
        case refusesToDestroyTheUnknown = "destroy-unknown"
        case needsIDs = "destroy-by-token"
        case destroysByID = "destroy-wrong-tags"
        case takesAnyRegion = "destroy-elsewhere"
        case callsEverythingUnknown = "bad-request"
        case destroysBystanders = "bystanders"
        case hangs = "timeouts"
    }

    private struct State: Sendable {
        var instances: [Instance] = []
        var numbers = 0
        var lists = 0
        var bystanders = ["i-theirs-1", "i-theirs-2"]
        var hanging: [CheckedContinuation<Void, Never>] = []
        var isReleased = false
    }

    private let fault: Fault?
    private let state = Locked(State())

    /// Without a fault it is as it should be.
    init(_ fault: Fault? = nil) { self.fault = fault }

    /// What is not gone of anybody's.
    var living: [String] { state.current.instances.map(\.id) }

    /// The instances that no list shows, as somebody with other means sees them.
    var bystanders: String { state.current.bystanders.joined(separator: "\n") }

    /// Lets the calls that hang end.
    func release() {
        let hanging = state.with { state in
            defer { state.hanging = [] }
            state.isReleased = true
            return state.hanging
        }
        for caller in hanging { caller.resume() }
    }

    func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        if fault == .refusesNewOwners, !state.current.instances.contains(where: { $0.tags.owner == owner }) {
            throw .terminal("nobody knows '\(owner)'")
        }
        let fault = fault
        return state.with { state in
            state.lists += 1
            var found = state.instances.filter {
                fault == .matchesOwnersByPrefix ? $0.tags.owner.hasPrefix(owner) : $0.tags.owner == owner
            }
            if fault == .matchesOwnersByPrefix { for index in found.indices { found[index].tags.owner = owner } }
            if fault == .ignoresRegions {
                for index in found.indices { found[index].tags.region = region }
            } else {
                found.removeAll { $0.tags.region != region }
            }
            if fault == .cutsSilently { found = Array(found.prefix(2)) }
            if fault == .flickers, state.lists.isMultiple(of: 2) { found = Array(found.dropFirst()) }
            return Listing(instances: found, complete: true)
        }
    }

    func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        if request.template.image == ConformanceCase.noSuchImage {
            throw fault == .callsEverythingUnknown ? .unknown("it broke") : .terminal("there is no such image")
        }
        switch fault {
        case .hangs:
            await withCheckedContinuation { caller in
                let isReleased = state.with { state in
                    if !state.isReleased { state.hanging.append(caller) }
                    return state.isReleased
                }
                if isReleased { caller.resume() }
            }
        case .looksBeforeItWrites:
            let known = known(request)
            try? await Task.sleep(for: .milliseconds(100))
            return known ?? add(request)
        case .sharesInstances:
            if let known = known(request) { return known }
            let number = state.current.numbers + 1
            try? await Task.sleep(for: .milliseconds(100))
            return add(request, number: number)
        case .forgetsWhenHungUpOn:
            if let known = known(request) { return known }
            let made = add(request)
            // Where its token is written down only afterwards.
            if (try? await Task.sleep(for: .seconds(1))) == nil { forgetToken(of: made.id) }
            return made
        case .forgetsTokens: return add(request)
        default: break
        }
        let made = state.with { state in Self.known(request, state) ?? Self.add(request, nil, fault, &state) }
        if fault == .flickers {
            let lists = state.current.lists
            for _ in 0..<1000 where state.current.lists < lists + 3 { try? await Task.sleep(for: .milliseconds(10)) }
        }
        return made
    }

    func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let fault = fault
        let isFound = state.with { state in
            if fault == .destroysBystanders, !state.bystanders.isEmpty { state.bystanders.removeFirst() }
            let index = state.instances.firstIndex { found in
                switch fault {
                case .destroysByID: found.id == instance.id
                case .takesAnyRegion: found.token == instance.token && found.tags.node == instance.tags.node
                case .needsIDs: found.id == instance.id && found.tags == instance.tags
                case .losesGroup: found.token == instance.token
                default: found.token == instance.token && found.tags == instance.tags
                }
            }
            if let index, fault != .keepsTheDestroyed { state.instances.remove(at: index) }
            return index != nil
        }
        if fault == .refusesToDestroyTheUnknown, !isFound { throw .terminal("there is no \(instance.tags.node)") }
    }

    private func known(_ request: CreateRequest) -> Instance? { Self.known(request, state.current) }

    private static func known(_ request: CreateRequest, _ state: State) -> Instance? {
        state.instances.first { $0.token == request.token }
    }

    private func add(_ request: CreateRequest, number: Int? = nil) -> Instance {
        state.with { Self.add(request, number, fault, &$0) }
    }

    private static func add(
        _ request: CreateRequest, _ number: Int?, _ fault: Fault?, _ state: inout State
    ) -> Instance {
        state.numbers += 1
        var instance = Instance(
            id: "i-\(number ?? state.numbers)", tags: request.tags, token: request.token, revision: request.revision,
            state: fault == .neverRuns ? .pending : .running, address: fault == .hasNoAddress ? nil : "192.0.2.1")
        if fault == .losesGroup { instance.tags.group = "" }
        if fault == .readsNumbers, let number = Int(instance.tags.group) { instance.tags.group = "\(number)" }
        state.instances.append(instance)
        return instance
    }

    private func forgetToken(of id: String) {
        state.with { state in
            for index in state.instances.indices where state.instances[index].id == id {
                state.instances[index].token += "-lost"
            }
        }
    }
}
