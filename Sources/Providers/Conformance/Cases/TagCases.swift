internal import Reconciler

/// What comes back of a request.
extension ConformanceCase {
    /// The request comes back.
    static let exactTags = ConformanceCase(
        "exact-tags", proves: "tags, token and revision of the request come back on the list, to the letter",
        contract: "every instance carries the request's tags, and 'list' returns them exactly",
        instances: { _ in 1 }
    ) { bench in
        let made = try await bench.make(bench.request())
        let listed = try await bench.eventually("a list with '\(made.id)'") { $0.contains { $0.id == made.id } }
        try bench.expect(listed.count == 1, "one instance was made; listed are \(ConformanceBench.words(listed))")
    }

    /// Names at the edge of what a spec allows.
    static let oddValues = ConformanceCase(
        "odd-values",
        proves: "the longest names, names of digits, and texts that look like numbers come back to the letter",
        contract: "every instance carries the request's tags, and 'list' returns them exactly",
        instances: { _ in 2 }
    ) { bench in
        let long = bench.request { request in
            // The longest name of a group: 63 of a-z, 0-9 and '-'.
            request.tags.group = "a" + String(repeating: "-9z", count: 20) + "-0"
            // A node's id has those of its group and its role in it.
            request.tags.node = NodeID("\(request.tags.group)-\(request.tags.role)-\(request.tags.node)")
            request.token += String(repeating: "z", count: 26 - min(26, request.token.utf8.count))
        }
        let digits = bench.request { request in
            request.tags.group = "007"
            request.revision = "0012345678e9"
        }
        let made = [try await bench.make(long), try await bench.make(digits)]
        try await bench.untilListed(made)
    }

    /// Whoever waits for it must be told.
    static let runs = ConformanceCase(
        "runs", proves: "an instance is running, at once or in time",
        contract: "the state is 'pending' until the instance runs, and 'running' from then on", instances: { _ in 1 }
    ) { bench in
        let made = try await bench.make(bench.request())
        try await bench.eventually("the state 'running' of '\(made.id)'") { instances in
            instances.contains { $0.id == made.id && $0.state == .running }
        }
    }

    /// Clients need somewhere to go.
    static let address = ConformanceCase(
        "address", proves: "an instance has an address that a client can be sent to, at once or in time",
        contract:
            "the address is where clients and probes reach the instance, a host name or an IP address; it may come later",
        instances: { _ in 1 }
    ) { bench in
        let made = try await bench.make(bench.request())
        let listed = try await bench.eventually("an address of '\(made.id)'") { instances in
            instances.contains { $0.id == made.id && $0.address?.isEmpty == false }
        }
        let shown = listed.filter { $0.id == made.id }.compactMap(\.address) + [made.address].compactMap { $0 }
        for address in shown where !address.isEmpty {
            if let problem = AddressWords.problem(of: address) {
                throw CaseEnd.failed("the address '\(address.prefix(100))' of '\(made.id)' \(problem)")
            }
        }
    }
}
