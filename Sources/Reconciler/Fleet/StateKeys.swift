/// The keys of the fleet's own values within records.
enum StateKeys {
    enum Endpoint: String, StateKey {
        case `protocol`, port

        static var title: String { "endpoint" }
        static var help: String { "Where a node listens." }
        var field: StateField {
            switch self {
            case .protocol: StateField(.text, "Such as rtmp or wss.", required: true)
            case .port: StateField(.integer(1...65535), "Its port.", required: true)
            }
        }
    }

    enum DrainRequest: String, StateKey {
        case at, by

        static var title: String { "drainRequest" }
        static var help: String { "A person's word that a node is to go." }
        var field: StateField {
            switch self {
            case .at: StateField(.time, "When.", required: true)
            case .by: StateField(.text, "Who.", required: true)
            }
        }
    }

    enum Probe: String, StateKey {
        case failures, successes, at, message

        static var title: String { "probe" }
        static var help: String { "How one probe of a node stands." }
        var field: StateField {
            switch self {
            case .failures: StateField(.count, "Failures in a row; 0 after a success.", required: true)
            case .successes: StateField(.count, "Successes in a row; 0 after a failure.", required: true)
            case .at: StateField(.time, "When the newest result came.", required: true)
            case .message: StateField(.text, "What the newest failure was, in words. Default: nothing.")
            }
        }
    }

    enum RolloutKey: String, StateKey {
        case revision, since, proven, failures, deaths, halt, stable

        static var title: String { "rollout" }
        static var help: String { "How a pool goes from one revision to the next." }
        var field: StateField {
            switch self {
            case .revision: StateField(.text, "What the spec asked for.", required: true)
            case .since: StateField(.time, "Since when.", required: true)
            case .proven: StateField(.flag, "A node of it served for a while. Default: false.")
            case .failures:
                StateField(
                    .count,
                    "Nodes of it that did not come into service, since the last one that served a while. Default: 0.")
            case .deaths: StateField(.count, "Nodes of it that came into service and did not last. Default: 0.")
            case .halt: StateField(.record(StateKeys.HaltKey.self), "What stopped it. Default: it goes on.")
            case .stable: StateField(.text, "The newest revision that was proven. Default: none.")
            }
        }
    }

    enum HaltKey: String, StateKey {
        case at, reason

        static var title: String { "halt" }
        static var help: String { "What stopped a rollout." }
        var field: StateField {
            switch self {
            case .at: StateField(.time, "When.", required: true)
            case .reason: StateField(.text, "Why, in words.", required: true)
            }
        }
    }

    enum SetbackKey: String, StateKey {
        case failures, since, at, until, message, shortage, revision

        static var title: String { "setback" }
        static var help: String { "A run of failures of one kind, and until when nothing is tried because of it." }
        var field: StateField {
            switch self {
            case .failures: StateField(.count, "How many in a row.", required: true)
            case .since: StateField(.time, "When the first was. Default: when the newest was.")
            case .at: StateField(.time, "When the newest was.", required: true)
            case .until: StateField(.time, "Nothing is tried before then. Default: at once.")
            case .message: StateField(.text, "What the newest was, in words. Default: 'as given'.")
            case .revision: StateField(.text, "Of which revision the nodes were that died young. Default: whichever.")
            case .shortage: StateField(.flag, "The provider has no capacity or quota there. Default: false.")
            }
        }
    }

    enum Stream: String, StateKey {
        case scope, name, role, subscribers

        static var title: String { "stream" }
        static var help: String { "One stream on one node." }
        var field: StateField {
            switch self {
            case .scope: StateField(.text, "Its scope.", required: true)
            case .name: StateField(.text, "Its name within the scope.", required: true)
            case .role:
                StateField(
                    .word("role of a stream", StreamReport.Role.allCases.map(\.rawValue)),
                    "'source' where its publisher is connected.", required: true)
            case .subscribers: StateField(.count, "Its viewers on this node.", required: true)
            }
        }
    }

    enum Recommendation: String, StateKey {
        case at, nodes

        static var title: String { "recommendation" }
        static var help: String { "What the rules asked for at one time." }
        var field: StateField {
            switch self {
            case .at: StateField(.time, "When.", required: true)
            case .nodes: StateField(.count, "How many nodes.", required: true)
            }
        }
    }

    enum Change: String, StateKey {
        case at, change

        static var title: String { "change" }
        static var help: String { "A change of the desired count." }
        var field: StateField {
            switch self {
            case .at: StateField(.time, "When.", required: true)
            case .change:
                StateField(
                    .integer(-1_000_000_000...1_000_000_000), "Nodes more, or fewer if negative.", required: true)
            }
        }
    }

    enum Bounds: String, StateKey {
        case min, max, parent, parents

        static var title: String { "bounds" }
        static var help: String { "The bounds of a role." }
        var field: StateField {
            switch self {
            case .min: StateField(.count, "At least so many nodes.", required: true)
            case .max: StateField(.count, "At most so many nodes.", required: true)
            case .parent:
                StateField(.text, "The role for each of whose nodes these hold. Default: none, they are for the pool.")
            case .parents: StateField(.count, "How many nodes of that role were wanted. Default: as many as now.")
            }
        }
    }

    enum Approval: String, StateKey {
        case share, growth

        static var title: String { "approval" }
        static var help: String { "From where on a person is asked." }
        var field: StateField {
            switch self {
            case .share: StateField(.count, "Percent of all serving nodes that may go at once.", required: true)
            case .growth: StateField(.count, "Percent of all nodes that may come at once.", required: true)
            }
        }
    }

    enum Override: String, StateKey {
        case nodes, until, by

        static var title: String { "override" }
        static var help: String { "A count set by hand." }
        var field: StateField {
            switch self {
            case .nodes: StateField(.count, "How many nodes.", required: true)
            case .until: StateField(.time, "When the rules decide again. Default: when it is taken back.")
            case .by: StateField(.text, "Who set it.", required: true)
            }
        }
    }

    enum Average: String, StateKey {
        case of, at, sum, count

        static var title: String { "average" }
        static var help: String { "One period of one rule that looks at several." }
        var field: StateField {
            switch self {
            case .of: StateField(.text, "The rule, as plans name it, and what was measured of it.", required: true)
            case .at: StateField(.time, "When the period began.", required: true)
            case .sum: StateField(.number, "The sum of what was measured in it.", required: true)
            case .count: StateField(.count, "How many times it was measured.", required: true)
            }
        }
    }
}
