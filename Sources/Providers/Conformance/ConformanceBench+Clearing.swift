package import Reconciler

/// Something that a run made and could not clear up.
package struct ConformanceLeftover: Equatable, Sendable {
    /// What the provider calls it; nil when that was never learnt.
    package var id: String?
    package var tags: InstanceTags
    package var token: String
    /// Why it is still there, or may be.
    package var reason: String
}

extension ConformanceBench {
    /// Ends all that the run made and that may be there. Calls whose answer nobody waited for are waited for first: what they still make
    /// must not be missed.
    ///
    /// With `untilGone` it waits, as long as the set-up says, until complete lists show that all of it is gone; otherwise what the provider
    /// says is stopping will do. What is still there then is returned.
    func clear(untilGone: Bool, callTimeout: Duration) async -> [ConformanceLeftover] {
        let idle = await watch.idle(within: callTimeout)
        let deadline = time.now() + setup.timeout
        var wait = setup.pause
        var living: [Instance] = []
        var strays: [Instance] = []
        while true {
            let scopes = untilGone ? ledger.scopes : ledger.openScopes
            living = []
            strays = []
            var trouble: [ConformanceLedger.Scope: String] = [:]
            for scope in scopes.sorted(by: { ($0.owner, $0.region) < ($1.owner, $1.region) }) {
                let (found, problem) = await look(scope)
                // What was never asked for is not touched, whatever owner the provider says it has: the provider may be wrong.
                living += found.filter(isAskedFor)
                for instance in found where isAskedFor(instance) { ledger.see(instance.id, in: scope.region) }
                strays += found.filter { !isAskedFor($0) }
                trouble[scope] = problem
            }
            note(living, trouble)
            await end(living)
            let stopping = untilGone ? [] : Set(living.filter { $0.state == .stopping }.map(\.token))
            let isClear =
                trouble.isEmpty && living.allSatisfy { stopping.contains($0.token) }
                && ledger.open.allSatisfy { stopping.contains($0.request.token) }
            if isClear || time.now() >= deadline { break }
            guard (try? await pause(&wait)) != nil else { break }
        }
        return untilGone ? leftovers(strays, idle: idle) : []
    }

    /// Whether the run asked for exactly this one.
    private func isAskedFor(_ instance: Instance) -> Bool {
        ledger.entry(instance.token)?.request.tags == instance.tags
    }

    /// What is living there of the scope's owner; and why that may not be all, if it may not.
    private func look(_ scope: ConformanceLedger.Scope) async -> ([Instance], String?) {
        do throws(ProviderFailure) {
            let listing = try await provider.list(owner: scope.owner, region: scope.region)
            let ours = listing.instances.filter {
                $0.tags.owner == scope.owner && $0.tags.region == scope.region && $0.state != .gone
            }
            return (ours, listing.complete ? nil : "its list was cut short \(listing.shortfall ?? "")")
        } catch {
            return ([], error.message)
        }
    }

    /// What the lists say of the ledger: an instance that was destroyed and is on no complete list is gone.
    private func note(_ living: [Instance], _ trouble: [ConformanceLedger.Scope: String]) {
        let byToken = Dictionary(grouping: living, by: \.token)
        for (token, doubles) in byToken where doubles.count > 1 {
            lateFindings.with { $0.append("token '\(token)' made \(Self.words(doubles))") }
        }
        for entry in ledger.open {
            let tags = entry.request.tags
            let problem = trouble[ConformanceLedger.Scope(owner: tags.owner, region: tags.region)]
            ledger.update(entry.request.token) { entry in
                if byToken[entry.request.token] != nil {
                    entry.wasListed = true
                } else if let problem {
                    entry.trouble = problem
                } else if entry.isDestroyed {
                    entry.isGone = true
                }
            }
        }
    }

    /// Destroys what is listed, and what was made and is not.
    private func end(_ living: [Instance]) async {
        let listed = Set(living.map(\.token))
        var references = living.filter { $0.state != .stopping }.map {
            InstanceReference(id: $0.id, tags: $0.tags, token: $0.token)
        }
        references += ledger.open.filter { !listed.contains($0.request.token) && !$0.isDestroyed }.map(\.reference)
        await withTaskGroup(of: Void.self) { group in
            for (index, reference) in references.enumerated() {
                if index >= callsAtOnce { await group.next() }
                group.addTask { await self.end(reference) }
            }
        }
        for instance in living where instance.state == .stopping {
            ledger.update(instance.token) { $0.isDestroyed = true }
        }
    }

    private func end(_ reference: InstanceReference) async {
        do throws(ProviderFailure) {
            try await provider.destroy(reference)
            ledger.update(reference.token) { $0.isDestroyed = true }
        } catch {
            ledger.update(reference.token) { $0.trouble = error.message }
        }
    }

    private func leftovers(_ strays: [Instance], idle: Bool) -> [ConformanceLeftover] {
        let untouched = strays.map { instance in
            ConformanceLeftover(
                id: instance.id, tags: instance.tags, token: instance.token,
                reason:
                    "the provider says that it has the owner of this run, which never asked for it; it was not touched")
        }
        return untouched
            + ledger.unaccounted.map { entry in
                let reason =
                    if !entry.isGone {
                        entry.trouble ?? "it is still listed after \(setup.timeout.specText)"
                    } else if !idle {
                        "a call to the provider has not ended, and may still make it"
                    } else {
                        "it was never listed, so that nobody knows whether it is gone"
                    }
                return ConformanceLeftover(
                    id: entry.id, tags: entry.request.tags, token: entry.request.token, reason: reason)
            }
    }
}
