/// Protocols that serve one kind of client alike: a question may name a family where it may name a protocol, and is then answered by a node
/// that has an endpoint of any of them. A family's name is none that an endpoint can have.
package enum ProtocolFamily {
    /// Who publishes by WHIP (RFC 9725).
    package static let whip = "whip|http|https"
    /// Who plays by WHEP.
    package static let whep = "whep|http|https"

    /// The protocols of each, the first that a node has before others.
    fileprivate static let members = [whip: ["whip", "http", "https"], whep: ["whep", "http", "https"]]

    /// The protocols that are meant by a name, in the order of preference; of a protocol it is that alone.
    package static func protocols(_ name: String) -> [String] { members[name] ?? [name] }

    /// By what names one may ask for endpoints of these protocols.
    static func names(of protocols: some Sequence<String>) -> Set<String> {
        let own = Set(protocols)
        return own.union(members.filter { !own.isDisjoint(with: $0.value) }.keys)
    }

    /// For people: `whip, http or https`.
    package static func words(_ name: String) -> String {
        let names = protocols(name)
        guard let last = names.last, names.count > 1 else { return name }
        return "\(names.dropLast().joined(separator: ", ")) or \(last)"
    }
}

extension [Endpoint] {
    /// Where the endpoint of a protocol or of a family is; nil when there is none.
    package func index(speaking name: String) -> Int? {
        guard let family = ProtocolFamily.members[name] else { return firstIndex { $0.protocol == name } }
        for wanted in family {
            if let index = firstIndex(where: { $0.protocol == wanted }) { return index }
        }
        return nil
    }
}
