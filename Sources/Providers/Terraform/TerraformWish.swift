internal import Reconciler

/// What one call asks for.
enum TerraformWish: Sendable, Equatable {
    case create(TerraformNode)
    case destroy(InstanceReference)

    /// The node's id.
    var node: String {
        switch self {
        case .create(let node): node.entry.node
        case .destroy(let reference): reference.tags.node.rawValue
        }
    }

    /// Whether it asks for a node to be made.
    var isCreate: Bool {
        if case .create = self { true } else { false }
    }
}

/// How a call ends. A destroy has no instance.
typealias TerraformAnswer = Result<Instance?, ProviderFailure>

/// One call of the control loop on its way through a round of changes.
final class TerraformCall: Sendable {
    /// What it asks for.
    let wish: TerraformWish
    private let answer = FirstAnswer<TerraformAnswer>()
    private let ended = Locked(false)

    /// Nobody waits for it yet.
    init(_ wish: TerraformWish) { self.wish = wish }

    /// Whether somebody still waits for its answer.
    var isOpen: Bool { !ended.current }

    /// Ends it, unless it ended before.
    func end(_ result: TerraformAnswer) {
        ended.replace(with: true)
        answer.give(result)
    }

    /// Waits for its end, or for the end of the caller's patience: what becomes of it then is not known.
    func value() async -> TerraformAnswer {
        await withTaskCancellationHandler {
            await answer.value()
        } onCancel: {
            end(.failure(.unknown("\(wish.node): its answer is no longer waited for")))
        }
    }
}
