extension StateDocument.CodingKeys: StateKey {
    static var title: String { "state" }
    static var help: String { "The whole input of a decision beside the spec." }

    var field: StateField {
        switch self {
        case .apiVersion: StateField(.constant(StateDocument.apiVersion), "The version of this format.", required: true)
        case .kind: StateField(.constant(StateDocument.kind), "What the document is.", required: true)
        case .takenAt: StateField(.time, "When it was taken; 'plan' plans for then. Default: now.")
        case .observingSince:
            StateField(
                .time,
                "Since when heartbeats are listened to without a gap; silence before then says nothing of a node. Default: always."
            )
        case .nodes: StateField(.list(.record(StateDocument.NodeRecord.CodingKeys.self)), "Every node. Default: none.")
        case .scaling:
            StateField(
                .list(.record(StateDocument.ScalingRecord.CodingKeys.self)),
                "What the scaling of each pool remembers, a pool once. Default: nothing.")
        case .pauses:
            StateField(
                .list(.record(StateDocument.PauseRecord.CodingKeys.self)),
                "Node groups whose counts stand still by a person's word. Default: none.")
        case .unknownScopes:
            StateField(
                .list(.record(StateDocument.UnknownScope.CodingKeys.self)),
                "Regions of providers whose list is not known; nothing is made or ended there. Default: all are known.")
        case .approvals:
            StateField(.list(.text), "Hashes of what someone approved. Default: none.")
        case .pools:
            StateField(
                .list(.record(StateDocument.PoolRecord.CodingKeys.self)),
                "How the rollout of each pool stands and what keeps it from getting nodes, a pool once. Default: nothing."
            )
        case .revisions:
            StateField(
                .list(.record(StateDocument.RevisionRecord.CodingKeys.self)),
                "What nodes of some revisions are made from, a revision once. Default: unknown but for the spec's.")
        }
    }
}

extension StateDocument.NodeRecord.CodingKeys: StateKey {
    static var title: String { "node" }
    static var help: String { "One node." }

    var field: StateField {
        switch self {
        case .id: StateField(.text, "Its id, unique for ever.", required: true)
        case .nodeGroup: StateField(.text, "Its node group.", required: true)
        case .region: StateField(.text, "Its region.", required: true)
        case .role: StateField(.text, "Its role.", required: true)
        case .state:
            StateField(
                .word("state", NodeState.allCases.map(\.rawValue)), "Where it stands in its life.", required: true)
        case .provider: StateField(.text, "The provider it was asked from. Default: the group's.")
        case .revision:
            StateField(
                .text, "The hash of what it was made from; 'current' is what the spec hashes to. Default: current.")
        case .instanceId: StateField(.text, "What the provider calls it. Default: its id, once the provider has it.")
        case .address: StateField(.text, "Where clients reach it. Default: unknown.")
        case .endpoints:
            StateField(
                .list(.record(StateKeys.Endpoint.self)),
                "Where it listens, if elsewhere than its role says. Default: as the role."
            )
        case .since: StateField(.time, "When its state began. Default: the newest of its other times, or now.")
        case .requestedAt: StateField(.time, "When it was decided. Default: createdAt, or since.")
        case .createdAt:
            StateField(.time, "When the provider first had it. Default: requestedAt, once the provider has it.")
        case .inServiceAt:
            StateField(
                .time,
                "When its service began. Default: since, for a node in service or leaving; unknown without any time.")
        case .lastHeartbeatAt: StateField(.time, "When it was heard last. Default: just now, if it ever started.")
        case .metrics:
            StateField(
                .numbers,
                "What its last heartbeat measured, by metric name; loads are shares from 0 to 1. Default: nothing.")
        case .streams: StateField(.list(.record(StateKeys.Stream.self)), "The streams on it. Default: none.")
        case .cordoned: StateField(.flag, "No new streams and viewers, by hand. Default: false.")
        case .protectedUntil: StateField(.time, "No voluntary removal before then. Default: not protected.")
        case .missingSince: StateField(.time, "Since when complete lists do not show it. Default: they show it.")
        case .ready:
            StateField(
                .flag, "Whether its media server takes clients. Default: true, but for a node that is only started.")
        case .attempts: StateField(.count, "Provider calls of its present create or destroy that failed. Default: 0.")
        case .retryAt: StateField(.time, "No provider call for it before then. Default: at once.")
        case .reason: StateField(.text, "Why it is in its state, in words. Default: 'as given'.")
        case .lastError: StateField(.text, "What the provider said when a call failed last. Default: nothing.")
        case .drainRequested:
            StateField(
                .record(StateKeys.DrainRequest.self),
                "A person's word that it is to go as soon as that leaves enough others. Default: none.")
        case .selfProtected:
            StateField(.flag, "Its last heartbeat asks not to be removed. Default: false.")
        case .unreadySince:
            StateField(
                .time,
                "Since when its heartbeats say that its media server takes no clients. Default: lastHeartbeatAt, if not ready."
            )
        case .faults:
            StateField(.list(.time), "When it became faulty, the newest times, oldest first. Default: never.")
        case .quarantined:
            StateField(.flag, "It was faulty too often and is not taken back. Default: false.")
        case .adopted:
            StateField(
                .flag, "It carried our tags and was not in the store; its first heartbeat is awaited. Default: false.")
        case .removalApproved:
            StateField(.flag, "Someone approved that it goes, and its turn has not come yet. Default: false.")
        case .probes:
            StateField(
                .list(.optional(.record(StateKeys.Probe.self))),
                "How the probes of its role stand, in their order; null: no result yet. Default: no results.")
        }
    }
}

extension StateDocument.ScalingRecord.CodingKeys: StateKey {
    static var title: String { "scaling" }
    static var help: String { "What the scaling of one pool, a role in a region, remembers." }

    var field: StateField {
        switch self {
        case .nodeGroup: StateField(.text, "The pool's node group.", required: true)
        case .region: StateField(.text, "The pool's region.", required: true)
        case .role: StateField(.text, "The pool's role.", required: true)
        case .desired: StateField(.count, "The nodes decided last. Default: those that are there and not leaving.")
        case .recommendations:
            StateField(
                .list(.record(StateKeys.Recommendation.self)),
                "What the rules asked for, for the stabilisation windows, in any order. Default: nothing.")
        case .events:
            StateField(
                .list(.record(StateKeys.Change.self)),
                "Changes of the desired count, for the rate policies, in any order. Default: none.")
        case .bounds:
            StateField(
                .record(StateKeys.Bounds.self),
                "The role's min and max that were last in force; others in the spec are a change of it. Default: the spec's."
            )
        case .override: StateField(.record(StateKeys.Override.self), "A count set by hand. Default: the rules decide.")
        case .bootsMs:
            StateField(
                .list(.integer(0...315_360_000_000)),
                "From create to service, in milliseconds, of the newest nodes, oldest first. Default: unknown.")
        case .averages:
            StateField(
                .list(.record(StateKeys.Average.self)),
                "What rules that look at several periods have measured, in any order. Default: nothing.")
        case .approval:
            StateField(
                .record(StateKeys.Approval.self),
                "The Manager's limits of approval when the bounds were last in force. Default: the spec's.")
        case .unserved:
            StateField(.count, "Clients that found no node with room a moment ago. Default: 0.")
        }
    }
}

extension StateDocument.PoolRecord.CodingKeys: StateKey {
    static var title: String { "pool" }
    static var help: String {
        "How the rollout of one pool, a role in a region, stands, and what keeps it from getting nodes."
    }

    var field: StateField {
        switch self {
        case .nodeGroup: StateField(.text, "The pool's node group.", required: true)
        case .region: StateField(.text, "The pool's region.", required: true)
        case .role: StateField(.text, "The pool's role.", required: true)
        case .rollout:
            StateField(
                .record(StateKeys.RolloutKey.self), "How it goes from revision to revision. Default: it begins now.")
        case .creates: StateField(.record(StateKeys.SetbackKey.self), "Creates that failed in a row. Default: none.")
        case .starts:
            StateField(
                .record(StateKeys.SetbackKey.self),
                "Nodes in a row that did not come into service, or did not last. Default: none.")
        case .spilled:
            StateField(.count, "Nodes more than its own count wants, made for another region. Default: 0.")
        }
    }
}

extension StateDocument.RevisionRecord.CodingKeys: StateKey {
    static var title: String { "revision" }
    static var help: String { "What nodes of one revision are made from; values that may be secret are digests." }

    var field: StateField {
        switch self {
        case .revision: StateField(.text, "The hash.", required: true)
        case .image: StateField(.text, "The image. Default: none.")
        case .instanceType: StateField(.text, "The instance type. Default: none.")
        case .endpoints:
            StateField(.list(.record(StateKeys.Endpoint.self)), "Where its nodes listen. Default: nowhere.")
        case .settings: StateField(.texts, "A digest of each setting, by name. Default: none.")
        case .provider: StateField(.text, "A digest of what the provider adds. Default: nothing is added.")
        }
    }
}

extension StateDocument.PauseRecord.CodingKeys: StateKey {
    static var title: String { "pause" }
    static var help: String { "A node group whose counts stand still." }

    var field: StateField {
        switch self {
        case .nodeGroup: StateField(.text, "The node group, once.", required: true)
        case .since: StateField(.time, "When it was paused.", required: true)
        case .by: StateField(.text, "Who paused it.", required: true)
        }
    }
}

extension StateDocument.UnknownScope.CodingKeys: StateKey {
    static var title: String { "unknownScope" }
    static var help: String { "A region of a provider whose list is not known." }

    var field: StateField {
        switch self {
        case .provider: StateField(.text, "The provider.", required: true)
        case .region: StateField(.text, "The region.", required: true)
        case .reason: StateField(.text, "Why, in words.", required: true)
        }
    }
}
