internal import Reconciler

/// Ids of instances by one of their tags, as `DescribeTags` tells them
/// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html).
///
/// Unknown is not empty: that there are none is believed of a server that has shown tags of instances before, for one that knows the action
/// by name alone may answer with nothing always.
struct EC2TagIndex: Sendable {
    private enum Trust: Sendable {
        /// It has shown tags of instances.
        case shown
        /// It refused: it does not know the action, or we may not.
        case refused
    }

    private let client: EC2Client
    /// By Amazon's region.
    private let trust = Locked<[String: Trust]>([:])

    /// Nothing is known yet of what the client asks.
    init(_ client: EC2Client) { self.client = client }

    /// In order; nil when the server cannot be asked this way, so that another must be found.
    func ids(
        _ key: String, _ value: String, in region: String, by deadline: EC2Deadline
    ) async throws(ProviderFailure) -> [String]? {
        guard trust.current[region] != .refused else { return nil }
        var query = EC2Query("DescribeTags", isChange: false)
        query.addFilter("key", [key])
        query.addFilter("value", [value])
        query.addFilter("resource-type", ["instance"])
        guard let found = try await tags(query, in: region, by: deadline) else { return nil }
        let ids = Set(found.filter { $0.text("key") == key && $0.text("value") == value }.compactMap(id))
        if ids.isEmpty, trust.current[region] != .shown {
            var anything = EC2Query("DescribeTags", isChange: false)
            anything.addFilter("resource-type", ["instance"])
            guard let shown = try await tags(anything, in: region, by: deadline, pages: 1),
                shown.contains(where: { id($0) != nil })
            else { return nil }
        }
        trust.with { $0[region] = .shown }
        return ids.sorted()
    }

    /// Of an instance; nil when it is of something else.
    private func id(_ tag: XMLTree) -> String? {
        tag.text("resourceType") == "instance" ? tag.text("resourceId") : nil
    }

    /// All pages, or the first few; nil when the server cannot be asked this way.
    private func tags(
        _ query: EC2Query, in region: String, by deadline: EC2Deadline, pages: Int = EC2Search.maximumPages
    ) async throws(ProviderFailure) -> [XMLTree]? {
        var found: [XMLTree] = []
        var cursor: String?
        for _ in 0..<pages {
            var page = query
            page.add("MaxResults", "1000")
            page.add("NextToken", cursor)
            do throws(EC2Fault) {
                let answer = try await client.call(page, in: region, by: deadline)
                guard answer["tagSet"] != nil else { return nil }
                found += answer.items("tagSet")
                cursor = answer.text("nextToken")
            } catch {
                switch error {
                case .refused(let refusal) where refusal.kind == .refused || refusal.kind == .notFound:
                    trust.with { $0[region] = .refused }
                    return nil
                // Who does not know the action may answer with anything.
                case .lost: return nil
                case .refused, .notSent, .noCredentials: throw EC2Failure.of(error, query, in: region)
                }
            }
            if cursor == nil { return found }
        }
        return pages == 1 ? found : nil
    }
}
