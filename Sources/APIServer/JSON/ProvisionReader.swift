internal import Crypto
internal import Reconciler

/// Reads the product's list of provisions, strictly where a field means something here; fields that do not are kept as they are. A fault
/// says which provision of the list, which stream and which field it is about.
struct ProvisionReader {
    /// One of the list.
    struct Item {
        /// Without credentials where ``keepsSecret`` says that the stored ones stay.
        var provision: Provision
        /// Its secret is the mask that answers show in its place.
        var keepsSecret = false
        /// The name that it comes with.
        var keptName: String?
    }

    /// Stands for a secret in answers. Sent back, it means that the secret stays as it is.
    static let mask = "***"
    /// Bytes of a name, a password, a token, an address.
    private static let textLimit = 4096
    /// Names of regions in one rule: there is no cloud with so many.
    private static let regionLimit = 64
    /// Sent by the product's clients with each command; it says nothing.
    private static let ignored: Set<String> = ["messageType", "nodeGroup", "distribution"]
    /// The words of the wire for what a role may be capable of.
    private static let capabilities = Dictionary(uniqueKeysWithValues: Capability.allCases.map { ($0.wireName, $0) })
    /// Bounds of whole numbers in `videoParams`, as the product has them.
    static let videoBounds: [String: ClosedRange<Int>] = [
        "videoWidth": 2...7680, "videoHeight": 2...4320, "videoBitRate": 100...10_485_760, "videoQpMin": 0...63,
        "videoQpMax": 0...63,
    ]

    /// The node group that they are for.
    let group: NodeGroupSpec

    /// The provisions in a body, at least one.
    func read(_ body: [UInt8]) throws(Problem) -> [Item] {
        var items: [Item] = []
        var owners: [String: Int] = [:]
        do throws(JSONFault) {
            var reader = JSONReader(body)
            try reader.array { (reader) throws(JSONFault) in
                let place = items.count + 1
                guard place <= ProvisionLimits.perRequest else {
                    throw reader.fault(
                        "more than \(ProvisionLimits.perRequest) provisions; send them in several requests")
                }
                let item = try reader.at("provision \(place)") { (reader) throws(JSONFault) in
                    var item = Item(provision: Provision(group: group.name, guid: "", streams: []))
                    let text = try reader.raw { (reader) throws(JSONFault) in item = try self.item(&reader) }
                    guard text.utf8.count <= ProvisionLimits.bytes else {
                        throw reader.fault("it has \(text.utf8.count) bytes; the most are \(ProvisionLimits.bytes)")
                    }
                    for guid in item.provision.guids {
                        if let other = owners.updateValue(place, forKey: guid) {
                            throw reader.fault("'\(guid)' is in provision \(other) already; a stream has one provision")
                        }
                    }
                    return item
                }
                items.append(item)
            }
            try reader.end()
        } catch {
            throw .badRequest("the body is no list of provisions: \(error.message)")
        }
        if items.isEmpty { throw .badRequest("the list of provisions is empty") }
        return items
    }

    private func item(_ reader: inout JSONReader) throws(JSONFault) -> Item {
        var item = Item(provision: Provision(group: group.name, guid: "", streams: []))
        var names: [String] = []
        try reader.uniqueFields { (reader, name) throws(JSONFault) in
            try reader.at(name) { (reader) throws(JSONFault) in
                switch name {
                case "provisionGuid", "streamGuid": names.append(try Self.provisionGuid(&reader))
                case "credentials":
                    if try reader.null() { return }
                    try Self.credentials(&reader, into: &item)
                case "geoRules":
                    if try reader.null() { return }
                    item.provision.geoRules = try geoRules(&reader)
                case "capabilities":
                    if try reader.null() { return }
                    item.provision.capabilities = try Self.capabilities(&reader)
                case "streams": item.provision.streams = try streams(&reader)
                case _ where Self.ignored.contains(name): try reader.skip()
                default: item.provision.extra[name] = try reader.raw()
                }
            }
        }
        guard let guid = names.first else { throw reader.fault("'provisionGuid' is missing") }
        guard names.allSatisfy({ $0 == guid }) else {
            throw reader.fault("'provisionGuid' and 'streamGuid' differ; one of them is enough")
        }
        item.provision.guid = guid
        if item.provision.streams.isEmpty { throw reader.fault("'streams' is missing or empty; it needs one at least") }
        return item
    }

    // MARK: - Names

    private static func provisionGuid(_ reader: inout JSONReader) throws(JSONFault) -> String {
        let guid = try Self.guid(&reader, ProvisionLimits.guid)
        // Its own path would be that of the command.
        if guid.hasPrefix("distribute/") {
            throw reader.fault("'\(guid)' begins with 'distribute/', which is reserved")
        }
        return guid
    }

    private static func guid(_ reader: inout JSONReader, _ lengths: ClosedRange<Int>) throws(JSONFault) -> String {
        let guid = try reader.string()
        guard lengths.contains(guid.utf8.count) else {
            throw reader.fault("it has \(guid.utf8.count) bytes, not \(lengths.lowerBound) to \(lengths.upperBound)")
        }
        guard !StreamName.hasControls(guid) else { throw reader.fault("it has control characters") }
        guard !guid.split(separator: "/", omittingEmptySubsequences: false).contains("") else {
            throw reader.fault("'\(guid)' has an empty part: a slash at an end, or two in a row")
        }
        return guid
    }

    private func streamGuid(_ reader: inout JSONReader) throws(JSONFault) -> String {
        let guid = try Self.guid(&reader, ProvisionLimits.streamGuid)
        guard guid.contains("/") else {
            throw reader.fault("'\(guid)' has no slash; it is a scope and a name, such as live/match")
        }
        if ReservedScope.contains(guid) {
            throw reader.fault("the scope of '\(guid)' is reserved: the API has paths of that name")
        }
        // What cannot be asked for by this name can never be published.
        let keys = StreamKey.all(of: guid).filter { StreamName.isValidScope($0.scope) && StreamName.isValid($0.name) }
        guard !keys.isEmpty else {
            throw reader.fault(
                "the scope may have \(StreamName.scopeLengths.upperBound) bytes here and the name \(StreamName.lengths.upperBound)"
            )
        }
        guard keys.contains(where: { group.serves(scope: $0.scope) }) else {
            throw reader.fault(
                "node group '\(group.name)' serves no scope of '\(guid)'; it serves \(group.scopes.joined(separator: ", "))"
            )
        }
        return guid
    }

    // MARK: - Rules

    private static func credentials(_ reader: inout JSONReader, into item: inout Item) throws(JSONFault) {
        var texts: [String: String] = [:]
        try reader.uniqueFields { (reader, name) throws(JSONFault) in
            guard ["username", "password", "token"].contains(name) else { return try reader.skip() }
            try reader.at(name) { (reader) throws(JSONFault) in
                if try reader.null() { return }
                texts[name] = try text(&reader)
            }
        }
        let salt = SecureRandom.bytes(PublishSecret.saltCount)
        let secret: String
        switch (texts["username"], texts["password"], texts["token"]) {
        case (_?, let password?, nil): secret = password
        case (nil, nil, let token?): secret = token
        default: throw reader.fault("it needs 'username' and 'password', or 'token' alone")
        }
        if secret == mask {
            (item.keepsSecret, item.keptName) = (true, texts["username"])
        } else {
            item.provision.credentials = PublishSecret(username: texts["username"], secret: secret, salt: salt)
        }
    }

    private func geoRules(_ reader: inout JSONReader) throws(JSONFault) -> Provision.GeoRules {
        var rules = Provision.GeoRules(regions: [], restricted: false)
        let known = Set(group.regions.map(\.name) + group.regions.compactMap(\.zone)).sorted()
        try reader.uniqueFields { (reader, name) throws(JSONFault) in
            try reader.at(name) { (reader) throws(JSONFault) in
                switch name {
                case "regions":
                    try reader.array { (reader) throws(JSONFault) in
                        let name = try reader.string()
                        let region = ProductGroupName.places([name], of: group).first ?? name
                        // A misspelt region that is barred would not be barred.
                        guard known.contains(region) else {
                            throw reader.fault(
                                Suggestion.noSuch(
                                    "region or zone", region, in: "node group '\(group.name)'", among: known))
                        }
                        rules.regions.append(region)
                        guard rules.regions.count <= Self.regionLimit else {
                            throw reader.fault("more than \(Self.regionLimit) regions")
                        }
                    }
                case "restricted": rules.restricted = try reader.bool()
                default: try reader.skip()
                }
            }
        }
        if rules.regions.isEmpty {
            throw reader.fault("'regions' is missing or empty; without a rule leave out 'geoRules'")
        }
        return rules
    }

    private static func capabilities(_ reader: inout JSONReader) throws(JSONFault) -> [Capability] {
        var list: [Capability] = []
        try reader.array { (reader) throws(JSONFault) in
            let word = try reader.string()
            guard let capability = capability(word) else { throw reader.fault(noCapability(word)) }
            if !list.contains(capability) { list.append(capability) }
        }
        return list
    }

    /// The capability of a word of the wire, in any case.
    static func capability(_ word: String) -> Capability? { capabilities[word.uppercased()] }

    /// That no role has such a capability.
    static func noCapability(_ word: String) -> String {
        "no node is ever capable of '\(word)'; known are \(Capability.allCases.map(\.wireName).joined(separator: ", "))"
    }

    // MARK: - Streams

    private func streams(_ reader: inout JSONReader) throws(JSONFault) -> [Provision.Stream] {
        var streams: [Provision.Stream] = []
        try reader.array { (reader) throws(JSONFault) in
            guard streams.count < ProvisionLimits.streams else {
                throw reader.fault("more than \(ProvisionLimits.streams) streams")
            }
            let stream = try reader.at("stream \(streams.count + 1)") { (reader) throws(JSONFault) in
                let stream = try self.stream(&reader)
                if streams.contains(where: { $0.guid == stream.guid }) {
                    throw reader.fault("'\(stream.guid)' is there twice")
                }
                return stream
            }
            streams.append(stream)
        }
        return streams
    }

    private func stream(_ reader: inout JSONReader) throws(JSONFault) -> Provision.Stream {
        var stream = Provision.Stream(guid: "")
        try reader.uniqueFields { (reader, name) throws(JSONFault) in
            try reader.at(name) { (reader) throws(JSONFault) in
                switch name {
                case "streamGuid": stream.guid = try streamGuid(&reader)
                case "abrLevel":
                    stream.abrLevel = try reader.integer()
                    if stream.abrLevel < 0 { throw reader.fault("it is \(stream.abrLevel), not 0 or more") }
                case "qos": stream.qos = try reader.null() ? nil : try reader.integer()
                case "destUri": stream.destination = try reader.null() ? nil : try Self.text(&reader)
                case "videoParams", "groupParams", "camParams", "cloudParams":
                    if try reader.null() { return }
                    stream.details[name] = try reader.raw { (reader) throws(JSONFault) in
                        if name == "videoParams" { try Self.videoParams(&reader) } else { try Self.anyObject(&reader) }
                    }
                default: stream.details[name] = try reader.raw()
                }
            }
        }
        if stream.guid.isEmpty { throw reader.fault("'streamGuid' is missing") }
        return stream
    }

    private static func videoParams(_ reader: inout JSONReader) throws(JSONFault) {
        var values: [String: Int] = [:]
        try reader.uniqueFields { (reader, name) throws(JSONFault) in
            guard let bounds = videoBounds[name] else { return try reader.skip() }
            try reader.at(name) { (reader) throws(JSONFault) in
                let value = try reader.integer()
                guard bounds.contains(value) else {
                    throw reader.fault("it is \(value), not \(bounds.lowerBound) to \(bounds.upperBound)")
                }
                values[name] = value
            }
        }
        if let low = values["videoQpMin"], let high = values["videoQpMax"], low > high {
            throw reader.fault("videoQpMin is \(low), over videoQpMax of \(high)")
        }
    }

    private static func anyObject(_ reader: inout JSONReader) throws(JSONFault) {
        try reader.object { (reader, _) throws(JSONFault) in try reader.skip() }
    }

    private static func text(_ reader: inout JSONReader) throws(JSONFault) -> String {
        let text = try reader.string()
        guard (1...textLimit).contains(text.utf8.count), !StreamName.hasControls(text) else {
            throw reader.fault("it must have 1 to \(textLimit) bytes and no control characters")
        }
        return text
    }
}

extension Capability {
    /// As the product's clients spell it.
    var wireName: String { rawValue.uppercased() }
}
