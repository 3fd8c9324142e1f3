internal import Reconciler

/// Finds instances by their tags, in one of two ways.
///
/// `DescribeInstances` with filters is what Amazon's own EC2 is asked: it is one answer about the instances themselves.
///
/// Other servers look through all tags there are for each instance (moto takes a minute for 5,000 instances), and are asked for the
/// tags first (``EC2TagIndex``), and then for the instances that these name. Amazon's are not: `DescribeTags` is a second view, eventually
/// consistent by itself, and nothing says that it shows an instance as early as `DescribeInstances` does. What it lacks would be taken
/// for gone.
struct EC2Search: Sendable {
    /// Values that one filter takes (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html).
    static let filterValues = 200
    /// An answer that has more pages than this runs in circles.
    static let maximumPages = 1000

    /// What is looked for.
    struct Condition: Sendable {
        /// All of these, to the letter. The first is the one that the fewest have.
        var tags: [(key: String, value: String)]
        var states = EC2Instance.presentStates
    }

    /// What was found.
    struct Found: Sendable {
        /// Those that the server says fit. It may say so of others: the tags tell.
        var instances: [EC2Instance] = []
        /// Why there may be more.
        var shortfall: ProviderFailure?
        /// Pages that came.
        var pages = 0
    }

    private let client: EC2Client
    private let index: EC2TagIndex?

    /// `usesTags`: the tags are asked for first.
    init(_ client: EC2Client, usesTags: Bool) {
        self.client = client
        index = usesTags ? EC2TagIndex(client) : nil
    }

    /// Throws when nothing came; what came before a failure is found, with the failure.
    func find(
        _ condition: Condition, in region: String, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> Found {
        var found = Found()
        guard let tag = condition.tags.first,
            let ids = try await index?.ids(tag.key, tag.value, in: region, by: deadline)
        else {
            var query = EC2Query("DescribeInstances", isChange: false)
            for tag in condition.tags { query.addFilter("tag:\(tag.key)", [tag.value]) }
            try await pages(query, condition, region, deadline, into: &found)
            return found
        }
        for start in stride(from: 0, to: ids.count, by: Self.filterValues) where found.shortfall == nil {
            var query = EC2Query("DescribeInstances", isChange: false)
            // A filter, and not the parameter InstanceId: an id that is gone meanwhile must not fail the others.
            query.addFilter("instance-id", Array(ids[start..<min(start + Self.filterValues, ids.count)]))
            try await pages(query, condition, region, deadline, into: &found)
        }
        return found
    }

    private func pages(
        _ filtered: EC2Query, _ condition: Condition, _ region: String, _ deadline: EC2Deadline, into found: inout Found
    ) async throws(ProviderFailure) {
        var query = filtered
        query.addFilter("instance-state-name", condition.states)
        query.add("MaxResults", "1000")
        var cursors: Set<String> = []
        var cursor: String?
        repeat {
            var page = query
            page.add("NextToken", cursor)
            do throws(EC2Fault) {
                let answer = try await client.call(page, in: region, by: deadline)
                found.instances += try EC2Instance.described(by: answer)
                found.pages += 1
                cursor = answer.text("nextToken")
            } catch {
                let failure = EC2Failure.of(error, query, in: region)
                guard found.pages > 0 else { throw failure }
                found.shortfall = failure
                return
            }
            if let cursor, !cursors.insert(cursor).inserted || cursors.count >= Self.maximumPages {
                found.shortfall = .retryable(
                    "EC2 gave the same page token twice, or more than \(Self.maximumPages) pages")
                return
            }
        } while cursor != nil
    }
}
