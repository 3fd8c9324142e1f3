internal import Reconciler

/// What a list must be.
extension ConformanceCase {
    /// Nothing is listed of an owner that has nothing.
    static let emptyList = ConformanceCase(
        "empty-list", proves: "an owner that has nothing has an empty list that says that it is complete",
        contract: "'list' gives the instances of exactly this owner, and says whether it is complete",
        instances: { _ in 0 }
    ) { bench in
        for owner in [bench.setup.otherOwner + "-nobody", bench.setup.owner] {
            let found = try await bench.list(owner: owner)
            try bench.expect(
                found.isEmpty, "owner '\(owner)' has nothing, and listed are \(ConformanceBench.words(found))")
        }
    }

    /// All pages come together.
    static let paging = ConformanceCase(
        "paging", proves: "a complete list holds every instance once, however many pages the provider needs for it",
        contract: "a list that was cut short returns 'complete: false'; one that is complete proves what is absent",
        instances: { $0 }
    ) { bench in
        var made: [Instance] = []
        for _ in 0..<bench.setup.instances { made.append(try await bench.make(bench.request())) }
        try await bench.untilListed(made)
        let listed = try await bench.list()
        try bench.expect(
            listed.count == made.count, "\(made.count) instances were made, and a complete list holds \(listed.count)")
    }

    /// An instance that was listed stays listed while others are made.
    static let listWhileCreating = ConformanceCase(
        "list-while-creating", proves: "complete lists only grow while instances are made",
        contract: "a complete list proves the absence of what it lacks, also while creates are under way",
        instances: { $0 }
    ) { bench in
        let requests = (0..<bench.setup.instances).map { _ in bench.request() }
        let isDone = Locked(false)
        let made = try await withThrowingTaskGroup(of: [Instance].self) { group in
            group.addTask {
                defer { isDone.replace(with: true) }
                return try await bench.makeAtOnce(requests)
            }
            group.addTask {
                var seen: [String: Instance] = [:]
                while !isDone.current {
                    let listed = try await bench.list()
                    // By their tokens: an instance may get its own id only when it is made.
                    let missing = Set(seen.keys).subtracting(listed.map(\.token))
                    if let lost = missing.min().flatMap({ seen[$0] }) {
                        throw CaseEnd.failed("'\(lost.id)' was listed, and a complete list after that lacked it")
                    }
                    for instance in listed { seen[instance.token] = instance }
                    var wait = bench.setup.pause
                    try await bench.pause(&wait)
                }
                return []
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        try await bench.untilListed(made)
    }
}
