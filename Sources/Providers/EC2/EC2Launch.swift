internal import Crypto
internal import Foundation
internal import Reconciler

/// One way to make an instance, of several in order of preference.
struct EC2Offer: Sendable, Hashable {
    var instanceType: String
    var isSpot: Bool
    /// Nil: the default subnet of Amazon's choice.
    var subnet: String?

    /// In words: `c6i.large spot in subnet-1`.
    var words: String {
        "\(instanceType)\(isSpot ? " spot" : "")\(subnet.map { " in \($0)" } ?? "")"
    }
}

/// What a create asks of EC2: the offers in their order, and for each the same `RunInstances` whenever it is asked for.
struct EC2Launch: Sendable {
    /// Amazon's limit, before it is encoded
    /// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html).
    static let longestUserData = 16 * 1024

    let offers: [EC2Offer]
    private let request: CreateRequest
    private let settings: EC2Settings
    private let image: String
    private let userData: Data

    /// Throws what is wrong with the template, before anything is asked for.
    init(_ request: CreateRequest, spec: EC2Spec, userData: String) throws(ProviderFailure) {
        let (settings, problems) = EC2Settings.read(
            request.template.settings, besides: spec.bootstrap.settingNames)
        if let problem = problems.first {
            throw .terminal(problem.message + (problem.suggestion.map { "; \($0)" } ?? ""))
        }
        guard let image = settings.image ?? request.template.image else {
            throw .terminal(
                "node \(request.tags.node) has no image: give its role or its region one, such as 'image: ami-…'")
        }
        guard let type = request.template.instanceType else {
            throw .terminal("role '\(request.tags.role)' has no 'instanceType', which ec2 needs, such as c6i.large")
        }
        self.userData = Data(userData.utf8)
        guard self.userData.count <= Self.longestUserData else {
            throw .terminal(
                "the user data of \(request.tags.node) has \(self.userData.count) bytes, and Amazon takes \(Self.longestUserData); "
                    + "put what is long into the image")
        }
        self.request = request
        self.settings = settings
        self.image = image
        offers = Self.offers(type, settings, spec)
    }

    /// Every instance type in every subnet as spot before any of them on demand: what is wanted is the price.
    private static func offers(_ type: String, _ settings: EC2Settings, _ spec: EC2Spec) -> [EC2Offer] {
        let markets = settings.spot ?? spec.spot ? [true, false] : [false]
        let subnets: [String?] = settings.subnets.isEmpty ? [nil] : settings.subnets
        return markets.flatMap { isSpot in
            ([type] + (spec.substitutes[type] ?? [])).flatMap { type in
                subnets.map { EC2Offer(instanceType: type, isSpot: isSpot, subnet: $0) }
            }
        }
    }

    /// At most 64 ASCII characters, and another one for every offer: with the same one EC2 wants the same parameters, and answers with
    /// the instance that it made for them.
    func clientToken(_ offer: EC2Offer) -> String {
        let tags = request.tags
        let parts = [
            tags.owner, tags.group, tags.region, tags.role, tags.node.rawValue, request.token, offer.instanceType,
            offer.isSpot ? "spot" : "on-demand", offer.subnet ?? "",
        ]
        return Digest.sha256Hex(parts.map { "\($0.utf8.count):\($0)" }.joined())
    }

    /// `RunInstances` for one instance:
    /// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    func query(_ offer: EC2Offer) -> EC2Query {
        var query = EC2Query("RunInstances", isChange: true)
        query.add("MinCount", "1")
        query.add("MaxCount", "1")
        query.add("ClientToken", clientToken(offer))
        query.add("ImageId", image)
        query.add("InstanceType", offer.instanceType)
        query.add("KeyName", settings.keyName)
        query.add("UserData", userData.isEmpty ? nil : userData.base64EncodedString())
        // A node that shuts itself down would else stay, stopped and paid for.
        query.add("InstanceInitiatedShutdownBehavior", "terminate")
        query.add("MetadataOptions.HttpTokens", settings.isMetadataTokenRequired ? "required" : "optional")
        query.add("MetadataOptions.HttpPutResponseHopLimit", settings.metadataHops.map(String.init))
        query.add("Placement.GroupName", settings.placementGroup)
        if let profile = settings.instanceProfile {
            query.add("IamInstanceProfile.\(profile.hasPrefix("arn:") ? "Arn" : "Name")", profile)
        }
        addNetwork(offer, to: &query)
        addVolume(to: &query)
        if offer.isSpot {
            query.add("InstanceMarketOptions.MarketType", "spot")
            query.add("InstanceMarketOptions.SpotOptions.SpotInstanceType", "one-time")
            query.add("InstanceMarketOptions.SpotOptions.MaxPrice", settings.spotMaxPrice)
        }
        for (index, type) in ["instance", "volume"].enumerated() {
            query.add("TagSpecification.\(index + 1).ResourceType", type)
            for (number, tag) in EC2Tag.all(of: request).enumerated() {
                query.add("TagSpecification.\(index + 1).Tag.\(number + 1).Key", tag.key)
                query.add("TagSpecification.\(index + 1).Tag.\(number + 1).Value", tag.value)
            }
        }
        return query
    }

    /// Who says whether there is a public address must say the rest of the network interface with it.
    private func addNetwork(_ offer: EC2Offer, to query: inout EC2Query) {
        guard let hasPublicAddress = settings.hasPublicAddress else {
            query.add("SubnetId", offer.subnet)
            query.add("SecurityGroupId", all: settings.securityGroups)
            return
        }
        query.add("NetworkInterface.1.DeviceIndex", "0")
        query.add("NetworkInterface.1.AssociatePublicIpAddress", "\(hasPublicAddress)")
        query.add("NetworkInterface.1.SubnetId", offer.subnet)
        query.add("NetworkInterface.1.SecurityGroupId", all: settings.securityGroups)
    }

    private func addVolume(to query: inout EC2Query) {
        let volume = settings.volume
        guard let device = volume.device, volume.isChanged else { return }
        query.add("BlockDeviceMapping.1.DeviceName", device)
        query.add("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true")
        query.add("BlockDeviceMapping.1.Ebs.VolumeSize", volume.size.map(String.init))
        query.add("BlockDeviceMapping.1.Ebs.VolumeType", volume.type)
        query.add("BlockDeviceMapping.1.Ebs.Iops", volume.iops.map(String.init))
        query.add("BlockDeviceMapping.1.Ebs.Throughput", volume.throughput.map(String.init))
        query.add("BlockDeviceMapping.1.Ebs.Encrypted", volume.isEncrypted.map { "\($0)" })
    }
}
