package import Reconciler

/// The provider of type `shell`: commands of the user's own that read a request as JSON and print an answer as JSON.
///
/// The contract of the commands is in docs/providers.md. What is not said clearly is not believed: an answer that cannot be read after
/// a create, an exit code without a meaning or a time-out is an unknown result, and a list that does not say that it is complete is no
/// list.
package final class ShellProvider: Provider {
    /// A list that has more pages than this runs in circles.
    static let maximumPages = 1000

    let spec: ShellSpec
    private let environment: @Sendable () -> [String: String]

    /// Nothing is started yet. `environment` is the manager's own, of which the named secrets and little else are passed on.
    package init(spec: ShellSpec, environment: @escaping @Sendable () -> [String: String]) {
        self.spec = spec
        self.environment = environment
    }

    /// Calls `list` for page after page. A page that fails after the first leaves the list cut short.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        // All pages have one time-out: that of the call.
        let deadline = ContinuousClock.now + spec.timeout
        var listing = Listing(instances: [], complete: true)
        var cursors: Set<String> = []
        var cursor: String?
        repeat {
            do throws(ProviderFailure) {
                let page = try await page(of: owner, region, from: cursor, until: deadline)
                listing.instances += page.instances
                if !page.isComplete { listing.complete = false }
                cursor = page.next
            } catch {
                guard cursor != nil else { throw error }
                return listing.cut(because: "page \(cursors.count + 1): \(error.message)")
            }
            if let cursor, !cursors.insert(cursor).inserted || cursors.count >= Self.maximumPages {
                return listing.cut(
                    because: "'list' gave the cursor '\(cursor.prefix(40))' on page \(cursors.count + 1), "
                        + "and would never end; let 'next' be null on the last page")
            }
        } while cursor != nil
        return listing
    }

    private func page(
        of owner: String, _ region: String, from cursor: String?, until deadline: ContinuousClock.Instant
    ) async throws(ProviderFailure) -> ShellListAnswer.Page {
        let call = try call(.list)
        let request = ShellRequest.List(owner: owner, region: region, cursor: cursor)
        let run = await call.run(request, until: deadline)
        if let failure = run.failure(of: .list) { throw failure }
        do throws(ShellAnswerFault) {
            return try ShellListAnswer.read(run.output, owner: owner, region: region)
        } catch {
            throw .retryable(run.complaint(error))
        }
    }

    /// Calls `create`. The node's credential is in the command's environment alone.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let call = try call(.create, secrets: ["SMRECONCILE_NODE_TOKEN": request.credential])
        let run = await call.run(ShellRequest.Create(request), until: .now + spec.timeout)
        if let failure = run.failure(of: .create) { throw failure }
        do throws(ShellAnswerFault) {
            return try ShellCreateAnswer.read(run.output, request)
        } catch {
            throw .unknown(run.complaint(error))
        }
    }

    /// Calls `destroy`; its output means nothing.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        let call = try call(.destroy)
        let run = await call.run(ShellRequest.Instance(.destroy, instance), until: .now + spec.timeout)
        if let failure = run.failure(of: .destroy) { throw failure }
    }

    /// The command for `verb`, ready to be run; throws before anything is begun when it cannot be.
    func call(
        _ verb: ShellVerb, secrets: [String: String] = [:]
    ) throws(ProviderFailure) -> ShellCall {
        try ShellCall(verb, spec, secrets: secrets, manager: environment())
    }
}

extension Listing {
    /// What there is of it, and why there is no more.
    fileprivate func cut(because reason: String) -> Listing {
        var result = self
        result.complete = false
        result.shortfall = reason
        return result
    }
}
