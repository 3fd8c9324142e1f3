/// Where clients of one stream may be served at all, whatever they ask for: by names of regions or zones.
package enum RegionRule: Sendable, Hashable {
    /// Nowhere else.
    case only(Set<String>)
    /// Everywhere else.
    case never(Set<String>)

    /// Whether a region of this name, in this zone, may serve them.
    package func allows(region: String, zone: String?) -> Bool {
        switch self {
        case .only(let names): names.contains(region) || zone.map(names.contains) == true
        case .never(let names): !names.contains(region) && zone.map(names.contains) != true
        }
    }
}
