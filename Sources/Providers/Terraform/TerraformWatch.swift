internal import Reconciler

/// Looks at a workspace for all who ask, and now and then at the cloud behind it.
///
/// Listings that are asked for at the same moment share one look; one that is asked for while a look is under way gets the next, for a
/// listing must not be older than its question.
actor TerraformWatch {
    /// Questions that come within this share a look.
    static let window: Duration = .milliseconds(20)
    /// A look reads a file or asks a backend once.
    static let lookLimit: Duration = .seconds(120)

    typealias Look = Result<TerraformSight, ProviderFailure>

    private let workspace: TerraformWorkspace
    private let time: any TimeSource
    /// The look that has not begun yet.
    private var next: Task<Look, Never>?
    /// The look before it.
    private var last: Task<Look, Never>?
    private var refreshing: Task<Void, Never>?
    private var refreshedAt: Timestamp?
    /// Nodes that the cloud no longer has, and that Terraform's state still does.
    private(set) var vanished: Set<String> = []
    /// Nodes that seem to be gone, and are too many at once to be believed.
    private var doubted: Set<String> = []
    /// Why the newest refresh is not believed; nil: it is.
    private(set) var doubt: String?

    /// Nothing is looked at yet.
    init(_ workspace: TerraformWorkspace, time: any TimeSource) {
        self.workspace = workspace
        self.time = time
    }

    /// What there is now.
    func look() async throws(ProviderFailure) -> TerraformSight {
        let look: Task<Look, Never>
        if let next {
            look = next
        } else {
            let before = last
            look = Task(name: "a look at a Terraform workspace") {
                try? await time.sleep(for: Self.window)
                _ = await before?.value
                begun()
                return await see()
            }
            next = look
        }
        return try await look.value.get()
    }

    private func begun() {
        last = next
        next = nil
    }

    private func see() async -> Look {
        do throws(ProviderFailure) {
            let before = try await workspace.load()
            let state = try await workspace.state(until: .now + Self.lookLimit)
            let after = try await workspace.load()
            if let problem = TerraformTrust.problem(state, after, workspace.files) { throw .retryable(problem) }
            vanished.formIntersection(Set(after.nodes.keys))
            if !doubted.isEmpty {
                // Those that were taken out of the state meanwhile are really gone.
                let present = state.addresses(of: Set(after.nodes.keys))
                doubted.formIntersection(present.keys)
                doubt = TerraformPlanCheck.doubt(doubted.count, of: present.count)
            }
            return .success(TerraformSight(records: [before, after], state: state))
        } catch {
            return .failure(error)
        }
    }

    /// Asks the cloud, when it is time, which of the nodes are gone. Nobody waits for it: the next listing tells.
    func refresh(_ sight: TerraformSight) {
        guard let pause = workspace.spec.refresh, refreshing == nil, !sight.nodes.isEmpty else { return }
        let now = time.now()
        guard refreshedAt.map({ now - $0 >= pause }) ?? true else { return }
        refreshedAt = now
        refreshing = Task(name: "a refresh of a Terraform workspace") {
            let limit = ContinuousClock.now + workspace.spec.timeout
            let run = try? await workspace.run(.refresh, until: limit)
            // A failed one tells nothing, and a listing does not depend on it.
            if let run, run.isDone {
                let present = sight.state.addresses(of: Set(sight.nodes.keys))
                let lost = TerraformPlanCheck.vanished(run.messages, present: present)
                doubt = TerraformPlanCheck.doubt(lost.count, of: present.count)
                doubted = doubt == nil ? [] : lost
                if doubt == nil { vanished.formUnion(lost) } else { vanished = [] }
            }
            refreshing = nil
        }
    }
}
