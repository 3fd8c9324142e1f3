/// The `settings` of a region and a role, as the provider `ec2` understands them.
///
/// A name that it does not know, or a value that it does not understand, is an error: a node without its security group is worse than
/// none.
package struct EC2Settings: Sendable, Equatable {
    /// The root volume. Amazon finds it by its device name alone.
    package struct Volume: Sendable, Equatable {
        /// The root device's name of the image, such as `/dev/xvda`.
        package var device: String?
        /// In GiB.
        package var size: Int?
        package var type: String?
        package var iops: Int?
        /// In MiB/s.
        package var throughput: Int?
        package var isEncrypted: Bool?

        /// Whether anything about it is to be otherwise than the image says.
        package var isChanged: Bool {
            size != nil || type != nil || iops != nil || throughput != nil || isEncrypted != nil
        }

        /// The least that a gp3 volume has.
        private static let leastOfGP3 = 3000

        /// What Amazon would refuse of it, and what to do about that; nil: nothing. Of a type that is not known here nothing is said.
        /// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
        var contradiction: (message: String, suggestion: String)? {
            if device == nil, isChanged {
                return (
                    "the root volume is changed, and 'volumeDevice' is missing",
                    "add the root device's name of the image, such as /dev/xvda"
                )
            }
            switch type {
            case "st1"?, "sc1"?:
                return ("volumes of type \(type ?? "") cannot be booted from", "take another 'volumeType', such as gp3")
            case "io1"?, "io2"?:
                if iops == nil { return ("volumes of type \(type ?? "") need 'volumeIops'", "add it, such as 3000") }
            case "gp2"?, "standard"?:
                if iops != nil {
                    return (
                        "volumes of type \(type ?? "") take no 'volumeIops'", "take it away, or say 'volumeType: gp3'"
                    )
                }
            case "gp3"?:
                if let iops, iops < Self.leastOfGP3 {
                    return ("volumes of type gp3 have at least \(Self.leastOfGP3) 'volumeIops'", "say so many, or none")
                }
            default: break
            }
            if let type, throughput != nil, ["gp2", "standard", "io1", "io2"].contains(type) {
                return ("volumes of type \(type) take no 'volumeThroughput'", "take it away, or say 'volumeType: gp3'")
            }
            return nil
        }
    }

    /// In place of the role's and the group's: AMI ids differ from region to region.
    package var image: String?
    /// In order of preference; empty: the default subnet of Amazon's choice.
    package var subnets: [String] = []
    /// Their ids; empty: the default group.
    package var securityGroups: [String] = []
    package var keyName: String?
    /// A name, or an ARN.
    package var instanceProfile: String?
    /// Nil: as the subnet says.
    package var hasPublicAddress: Bool?
    /// Nil: as the provider's own `spot`.
    package var spot: Bool?
    /// In dollars per hour; nil: up to the on-demand price.
    package var spotMaxPrice: String?
    package var placementGroup: String?
    package var volume = Volume()
    /// Whether the instance's metadata can be read with a session token alone (IMDSv2).
    package var isMetadataTokenRequired = true
    /// How many network hops away the metadata may be read: 2 from within containers.
    package var metadataHops: Int?

    /// What is wrong with one setting.
    package struct Problem: Error, Equatable, Sendable {
        /// In which way it is wrong.
        package enum Kind: Sendable { case unknown, badValue, incomplete }

        package var kind: Kind
        package var name: String
        package var message: String
        /// What to do about it.
        package var suggestion: String?
    }

    /// The settings, and what is wrong with them, in the order of their names. What is wrong is not in the settings. Those of `others`
    /// are for somebody else, such as the template of the user data.
    package static func read(
        _ texts: [String: String], besides others: Set<String> = []
    ) -> (settings: EC2Settings, problems: [Problem]) {
        var settings = EC2Settings()
        var problems: [Problem] = []
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let known = known.first(where: { $0.name == name }) else {
                if !others.contains(name) { problems.append(unknown(name)) }
                continue
            }
            if let wanted = known.read(text, &settings) {
                problems.append(
                    Problem(
                        kind: .badValue, name: name,
                        message: "setting '\(name)' is '\(text.shortened)', expected \(wanted)"))
            }
        }
        if let found = settings.volume.contradiction {
            problems.append(
                Problem(
                    kind: .incomplete, name: texts.keys.filter { $0.hasPrefix("volume") }.min() ?? "volumeSize",
                    message: found.message, suggestion: found.suggestion))
        }
        return (settings, problems)
    }

    private static func unknown(_ name: String) -> Problem {
        let near = Suggestion.nearest(to: name, among: known.map(\.name))
        return Problem(
            kind: .unknown, name: name, message: "ec2 knows no setting '\(name.shortened)'",
            suggestion: near.map { "did you mean '\($0)'?" } ?? "it knows \(known.map(\.name).joined(separator: ", "))")
    }
}

extension EC2Settings {
    private struct Known: Sendable {
        var name: String
        /// Takes the text, or returns what was expected in its place.
        var read: @Sendable (String, inout EC2Settings) -> String?
    }

    private static let known: [Known] = [
        text("image", "an AMI id, or resolve:ssm:NAME") { $0.image = $1 },
        ids("subnet", "subnet-") { $0.subnets = $1 },
        ids("securityGroups", "sg-") { $0.securityGroups = $1 },
        text("keyName", "the name of a key pair") { $0.keyName = $1 },
        text("instanceProfile", "the name or ARN of an instance profile") { $0.instanceProfile = $1 },
        flag("publicIp") { $0.hasPublicAddress = $1 },
        flag("spot") { $0.spot = $1 },
        Known(name: "spotMaxPrice") { text, settings in
            guard let price = YAMLScalar.number(text), price > 0 else { return "dollars per hour, such as 0.05" }
            settings.spotMaxPrice = text
            return nil
        },
        text("placementGroup", "the name of a placement group") { $0.placementGroup = $1 },
        Known(name: "volumeDevice") { text, settings in
            guard text.hasPrefix("/dev/") || text.hasPrefix("xvd") else { return "a device name such as /dev/xvda" }
            settings.volume.device = text
            return nil
        },
        number("volumeSize", 1...65536, "GiB") { $0.volume.size = $1 },
        text("volumeType", "a volume type such as gp3") { $0.volume.type = $1 },
        number("volumeIops", 100...256_000, "operations per second") { $0.volume.iops = $1 },
        number("volumeThroughput", 125...2000, "MiB/s") { $0.volume.throughput = $1 },
        flag("volumeEncrypted") { $0.volume.isEncrypted = $1 },
        Known(name: "metadataTokens") { text, settings in
            guard text == "required" || text == "optional" else { return "required or optional" }
            settings.isMetadataTokenRequired = text == "required"
            return nil
        },
        number("metadataHops", 1...64, "hops") { $0.metadataHops = $1 },
    ]

    private static func text(
        _ name: String, _ wanted: String, set: @escaping @Sendable (inout EC2Settings, String) -> Void
    ) -> Known {
        Known(name: name) { text, settings in
            guard !text.isEmpty, !text.contains(where: \.isWhitespace) || name == "keyName" else { return wanted }
            set(&settings, text)
            return nil
        }
    }

    private static func flag(
        _ name: String, set: @escaping @Sendable (inout EC2Settings, Bool) -> Void
    ) -> Known {
        Known(name: name) { text, settings in
            guard let value = YAMLScalar.boolean(text) else { return "true or false" }
            set(&settings, value)
            return nil
        }
    }

    private static func number(
        _ name: String, _ range: ClosedRange<Int>, _ unit: String,
        set: @escaping @Sendable (inout EC2Settings, Int) -> Void
    ) -> Known {
        Known(name: name) { text, settings in
            guard let value = YAMLScalar.integer(text), range.contains(value) else {
                return "\(range.lowerBound) to \(range.upperBound) \(unit)"
            }
            set(&settings, value)
            return nil
        }
    }

    /// One id, or several with commas between them.
    private static func ids(
        _ name: String, _ prefix: String, set: @escaping @Sendable (inout EC2Settings, [String]) -> Void
    ) -> Known {
        Known(name: name) { text, settings in
            let ids = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                var part = part.drop(while: \.isWhitespace)
                while part.last?.isWhitespace == true { part.removeLast() }
                return String(part)
            }
            // An id that is cut off or left out would put the node where nobody wanted it.
            let isRight = ids.allSatisfy { id in
                id.hasPrefix(prefix) && id.utf8.count > prefix.utf8.count
                    && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            }
            guard isRight, Set(ids).count == ids.count else {
                return "\(prefix)…, or several with commas between them"
            }
            set(&settings, ids)
            return nil
        }
    }
}
