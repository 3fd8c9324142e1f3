internal import Reconciler

/// The tags that every instance of ours carries.
enum EC2Tag {
    static let owner = "smreconcile:owner"
    static let group = "smreconcile:group"
    static let region = "smreconcile:region"
    static let role = "smreconcile:role"
    static let node = "smreconcile:node"
    static let token = "smreconcile:token"
    static let revision = "smreconcile:revision"

    /// Of a new instance and its volumes, with the `Name` that Amazon's console shows.
    static func all(of request: CreateRequest) -> [(key: String, value: String)] {
        let tags = request.tags
        return [
            ("Name", tags.node.rawValue), (owner, tags.owner), (group, tags.group), (region, tags.region),
            (role, tags.role), (node, tags.node.rawValue), (token, request.token), (revision, request.revision),
        ]
    }
}

/// An instance, as EC2 describes it: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
struct EC2Instance: Sendable, Equatable {
    var id: String
    /// `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`.
    var state: String
    var publicAddress: String?
    var privateAddress: String?
    var tags: [String: String]
    /// RFC 3339, which sorts by time.
    var launchedAt: String

    /// Those that are not gone. One that is stopped is not: it can be started again, and its volumes are paid for.
    static let presentStates = ["pending", "running", "shutting-down", "stopping", "stopped"]

    /// Nil when it has no id.
    init?(_ item: XMLTree) {
        guard let id = item.text("instanceId") else { return nil }
        self.id = id
        state = item["instanceState"]?.text("name") ?? ""
        publicAddress = item.text("ipAddress")
        privateAddress = item.text("privateIpAddress")
        launchedAt = item.text("launchTime") ?? ""
        tags = Dictionary(
            item.items("tagSet").compactMap { tag in tag.text("key").map { ($0, tag.text("value") ?? "") } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Nil unless it has all five, none of them empty: then it is not ours.
    var ownership: InstanceTags? {
        let values = [EC2Tag.owner, EC2Tag.group, EC2Tag.region, EC2Tag.role, EC2Tag.node].map { tags[$0] ?? "" }
        guard values.allSatisfy({ !$0.isEmpty }) else { return nil }
        return InstanceTags(
            owner: values[0], group: values[1], region: values[2], role: values[3], node: NodeID(values[4]))
    }

    /// One that was stopped, by a person or for want of spot capacity, serves nobody and will not come back by itself. It counts as
    /// stopping: the manager takes its node for lost, makes another, and destroys it because it is still there.
    var knownState: Instance.State {
        switch state {
        case "pending": .pending
        case "shutting-down", "stopping", "stopped": .stopping
        case "terminated": .gone
        default: .running
        }
    }

    /// For the manager; nil when it is not ours.
    func instance(_ addresses: EC2Spec.Addresses) -> Instance? {
        guard let ownership else { return nil }
        return Instance(
            id: id, tags: ownership, token: tags[EC2Tag.token] ?? "", revision: tags[EC2Tag.revision] ?? "",
            state: knownState, address: addresses == .private ? privateAddress : publicAddress)
    }

    /// All in the answer to `DescribeInstances`. One that lacks what every such answer has proves nothing, least of all that there is
    /// nothing: it counts as lost.
    static func described(by answer: XMLTree) throws(EC2Fault) -> [EC2Instance] {
        guard answer["reservationSet"] != nil else {
            throw .lost("the answer to DescribeInstances has no reservationSet")
        }
        var found: [EC2Instance] = []
        for reservation in answer.items("reservationSet") {
            guard reservation["instancesSet"] != nil else {
                throw .lost("the answer to DescribeInstances has a reservation without an instancesSet")
            }
            for item in reservation.items("instancesSet") {
                guard let instance = EC2Instance(item), !instance.state.isEmpty else {
                    throw .lost("the answer to DescribeInstances has an instance without an id or a state")
                }
                found.append(instance)
            }
        }
        return found
    }

    /// Of several that were made for one token, the one that is meant: one that lives before one that ends, the oldest, and always the
    /// same.
    static func preferred(of instances: [EC2Instance]) -> EC2Instance? {
        func rank(_ instance: EC2Instance) -> Int {
            switch instance.knownState {
            case .running, .pending: 0
            case .stopping: 1
            case .gone: 2
            }
        }
        return instances.min { (rank($0), $0.launchedAt, $0.id) < (rank($1), $1.launchedAt, $1.id) }
    }
}
