internal import Reconciler

/// Whose an instance is, and where.
extension ConformanceCase {
    /// No other owner's instances are listed.
    static let owners = ConformanceCase(
        "owners", proves: "the instances of an owner are on its own list, and on that of no other with a name like it",
        contract: "'list' gives the instances of exactly this owner; ownership is by the exact tags",
        instances: { _ in 2 }
    ) { bench in
        let (owner, other) = (bench.setup.owner, bench.setup.otherOwner)
        let ours = try await bench.make(bench.request())
        let theirs = try await bench.make(bench.request(owner: other))
        try await bench.untilListed([ours])
        try await bench.untilListed([theirs], owner: other)
        for (name, wanted) in [
            (owner, [ours]), (other, [theirs]), (String(owner.dropLast()), []), (owner.uppercased(), []),
            (other + "x", []),
        ] {
            let listed = try await bench.list(owner: name)
            try bench.expect(
                listed.map(\.id) == wanted.map(\.id),
                "the list of owner '\(name)' holds \(ConformanceBench.words(listed)), and not "
                    + ConformanceBench.words(wanted))
        }
    }

    /// An instance is in one region.
    static let regions = ConformanceCase(
        "regions", proves: "an instance is on the list of its own region alone",
        contract: "'list' gives the instances of exactly this region", instances: { _ in 1 }
    ) { bench in
        let made = try await bench.make(bench.request())
        try await bench.untilListed([made])
        var looked = 0
        for region in bench.setup.otherRegions {
            let listed = try await bench.list(region: region)
            try bench.expect(listed.isEmpty, "region '\(region)' lists \(ConformanceBench.words(listed))")
            looked += 1
        }
        // Not regions that there are: a provider may refuse them, and must not take them for one that there is.
        for region in [bench.setup.region + "2", String(bench.setup.region.dropLast())] where !region.isEmpty {
            guard let listing = try? await bench.provider.list(owner: bench.setup.owner, region: region) else {
                continue
            }
            try bench.inspect(listing, owner: bench.setup.owner, region: region)
            try bench.expect(
                listing.instances.isEmpty, "region '\(region)' lists \(ConformanceBench.words(listing.instances))")
            if listing.complete { looked += 1 }
        }
        if looked == 0 {
            throw CaseEnd.skipped("the spec names one region, and the provider lists no other")
        }
    }

    /// What others have there stays as it is.
    static let bystanders = ConformanceCase(
        "bystanders", proves: "what the run did not make is as it was before it",
        contract: "nothing without the exact tags is touched, ever", instances: { _ in 1 }
    ) { bench in
        guard let before = bench.firstTestimony else {
            throw CaseEnd.skipped("nobody watches them; name a command that prints them with --witness")
        }
        let made = try await bench.make(bench.request())
        try await bench.untilListed([made])
        try await bench.destroy(InstanceReference(id: made.id, tags: made.tags, token: made.token))
        try await bench.destroy(bench.request().reference)
        try await bench.eventually("the end of '\(made.id)'") { $0.isEmpty }
        let after = try await bench.presentTestimony()
        try bench.expect(
            before == after, "the witness said '\(Self.shown(before))' before, and says '\(Self.shown(after))' now")
    }

    /// A beginning of what a command printed, on one line.
    private static func shown(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 200 ? line.prefix(200) + "..." : line
    }
}

extension CreateRequest {
    /// What is known of it before an answer came.
    var reference: InstanceReference { InstanceReference(id: nil, tags: tags, token: token) }
}
