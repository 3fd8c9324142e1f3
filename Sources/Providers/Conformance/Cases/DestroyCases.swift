internal import Reconciler

/// What a destroy does, and what it leaves alone.
extension ConformanceCase {
    /// One goes, the other stays.
    static let destroy = ConformanceCase(
        "destroy",
        proves: "a destroyed instance disappears from the list, no other does, and a second destroy succeeds",
        contract: "'destroy' ends exactly one instance; that of one that is not there succeeds", instances: { _ in 2 }
    ) { bench in
        let ended = try await bench.make(bench.request())
        let kept = try await bench.make(bench.request())
        try await bench.untilListed([ended, kept])
        let reference = InstanceReference(id: ended.id, tags: ended.tags, token: ended.token)
        try await bench.destroy(reference)
        try await bench.destroy(reference)
        try await onlyLeft(kept, bench)
        try await bench.destroy(reference)
        try await onlyLeft(kept, bench)
    }

    /// Not there is as good as destroyed.
    static let destroyUnknown = ConformanceCase(
        "destroy-unknown", proves: "a destroy of what was never made succeeds, and destroys nothing",
        contract: "'destroy' of an instance that is not there succeeds", instances: { _ in 1 }
    ) { bench in
        let kept = try await bench.make(bench.request())
        try await bench.untilListed([kept])
        try await bench.destroy(bench.request().reference)
        try await onlyLeft(kept, bench)
    }

    /// The answer to the create never came.
    static let destroyByToken = ConformanceCase(
        "destroy-by-token", proves: "a destroy without an id finds the instance by its token and tags",
        contract: "the id is absent when the answer to the create never came: then the token finds it",
        instances: { _ in 2 }
    ) { bench in
        let request = bench.request()
        let ended = try await bench.make(request)
        let kept = try await bench.make(bench.request())
        try await bench.untilListed([ended, kept])
        try await bench.destroy(request.reference)
        try await onlyLeft(kept, bench)
    }

    /// So often a destroy that must not do anything is asked for, until it is accepted.
    private static let attempts = 3

    /// The id alone is not enough.
    static let destroyWrongTags = ConformanceCase(
        "destroy-wrong-tags",
        proves: "a destroy with the right id and token, and one tag that differs, destroys nothing",
        contract: "'destroy' ends an instance only if it carries these tags", instances: { _ in 1 }
    ) { bench in
        let kept = try await bench.make(bench.request())
        try await bench.untilListed([kept])
        let changes: [(inout InstanceTags) -> Void] = [
            { $0.owner = bench.setup.otherOwner }, { $0.group += "x" }, { $0.role += "x" },
            { $0.node = NodeID("\($0.node)x") },
        ]
        for change in changes {
            var reference = InstanceReference(id: kept.id, tags: kept.tags, token: kept.token)
            change(&reference.tags)
            // A provider may refuse it, in whatever words; what counts is what is there afterwards.
            try await bench.attempt(reference, times: attempts)
            let tags = reference.tags
            try bench.expect(
                try await bench.list().contains { $0.id == kept.id && $0.state != .stopping },
                "a destroy with the tags \(tags.owner), \(tags.pool), \(tags.node) ended '\(kept.id)' of "
                    + "\(kept.tags.owner), \(kept.tags.pool), \(kept.tags.node)")
        }
    }

    /// An id of one region means nothing in another.
    static let destroyElsewhere = ConformanceCase(
        "destroy-elsewhere", proves: "a destroy with the right id and token in another region destroys nothing",
        contract: "'destroy' ends an instance only if it carries these tags, that of its region among them",
        instances: { _ in 1 }
    ) { bench in
        let kept = try await bench.make(bench.request())
        try await bench.untilListed([kept])
        // The second is no region that there is: a provider may refuse it, and must not take it for one that there is.
        for region in bench.setup.otherRegions.prefix(1) + [bench.setup.region + "2"] {
            var reference = InstanceReference(id: kept.id, tags: kept.tags, token: kept.token)
            reference.tags.region = region
            try await bench.attempt(reference, times: attempts)
            try bench.expect(
                try await bench.list().contains { $0.id == kept.id && $0.state != .stopping },
                "a destroy in region '\(region)' ended '\(kept.id)' of region '\(bench.setup.region)'")
        }
    }

    /// Waits until no other is listed; this one must be as it was.
    private static func onlyLeft(_ kept: Instance, _ bench: ConformanceBench) async throws {
        let left = try await bench.eventually("the end of all but '\(kept.id)'") { instances in
            !instances.contains { $0.id != kept.id }
        }
        try bench.expect(
            left.contains { $0.id == kept.id && $0.state != .stopping },
            "'\(kept.id)' was not to be destroyed; listed are \(ConformanceBench.words(left))")
    }
}
