package import Reconciler

/// The provider of type `terraform`: nodes are resources of a Terraform or OpenTofu workspace of the user's own.
///
/// The workspace has a variable `nodes`, a map by node id, and an output `nodes` with what became of each. The provider writes the
/// variable, plans, and applies the plan only when it touches nothing but the nodes that were asked for. See docs/terraform.md.
package final class TerraformProvider: Provider {
    private let queue: TerraformQueue
    private let watch: TerraformWatch
    private let userData: @Sendable (CreateRequest) -> String

    /// Nothing is read or started yet. `environment` is the manager's own, of which a part is passed on; `userData` makes what a node's
    /// machine begins with.
    package init(
        spec: TerraformSpec, environment: @escaping @Sendable () -> [String: String], time: any TimeSource,
        userData: @escaping @Sendable (CreateRequest) -> String
    ) {
        let workspace = TerraformWorkspace(spec: spec, environment: environment)
        queue = TerraformQueue(workspace, time: time)
        watch = TerraformWatch(workspace, time: time)
        self.userData = userData
    }

    /// What Terraform's state holds of the nodes that were written down. It waits for no apply. Whether a machine is still there the cloud
    /// is asked apart from that, every `refresh`.
    package func list(owner: String, region: String) async throws(ProviderFailure) -> Listing {
        let before = await queue.awaited
        let sight = try await watch.look()
        let awaited = await queue.awaited.union(before)
        await watch.refresh(sight)
        let vanished = await watch.vanished
        if !sight.isQuiet || !vanished.isEmpty { await queue.mend() }
        return sight.listing(
            owner: owner, region: region, awaited: awaited, vanished: vanished, doubt: await watch.doubt)
    }

    /// Makes the node with whatever else is asked for at the time; returns when it is applied.
    package func create(_ request: CreateRequest) async throws(ProviderFailure) -> Instance {
        let node = TerraformNode(
            entry: TerraformEntry(request), userData: userData(request), nodeToken: request.credential)
        guard let made = try await queue.change(.create(node)).get() else {
            preconditionFailure("the create of \(request.tags.node) was answered without an instance")
        }
        return made
    }

    /// Takes the node out; returns when it is applied.
    package func destroy(_ instance: InstanceReference) async throws(ProviderFailure) {
        _ = try await queue.change(.destroy(instance)).get()
    }
}
