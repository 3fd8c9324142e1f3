internal import Providers
internal import Reconciler

/// Where a conformance run makes its instances, and what from: as the spec's node groups do that use the provider, with what the
/// command line says in place of it.
enum ConformancePlace {
    /// The default of `--role` where no node group uses the provider.
    private static let someRole = "edge"

    /// The set-up of a run. A provider that no node group uses needs a region on the command line.
    static func setup(
        for provider: ProviderSpec, in spec: Spec, _ arguments: Arguments, runID: String
    ) throws(UsageError) -> ConformanceSetup {
        let pools = pools(of: provider, in: spec)
        let pool = try pool(for: provider, in: spec, among: pools, arguments)
        var template =
            spec.template(of: pool)
            ?? NodeTemplate(image: nil, instanceType: nil, endpoints: [], settings: [:], providerSettings: [])
        if let image = arguments.value("image") { template.image = image }
        if let type = arguments.value("type") { template.instanceType = type }
        for setting in arguments.list("setting") {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError("--setting '\(setting)' is no KEY=VALUE")
            }
            template.settings[parts[0]] = parts[1]
        }
        var setup = ConformanceSetup(runID: runID, role: pool.role, region: pool.region, template: template)
        if !pool.group.isEmpty { setup.group = pool.group }
        var others = Set(pools.map(\.region))
        others.remove(pool.region)
        setup.otherRegions = others.sorted()
        if let text = arguments.value("instances") {
            let allowed = ConformanceSetup.allowedInstances
            guard let count = Int(text), allowed.contains(count) else {
                throw UsageError("--instances '\(text)' is no number of \(allowed.lowerBound) to \(allowed.upperBound)")
            }
            setup.instances = count
        }
        if let timeout = try arguments.duration("timeout") { setup.timeout = timeout }
        return setup
    }

    /// In the order of the file: groups, then regions, then roles.
    private static func pools(of provider: ProviderSpec, in spec: Spec) -> [PoolKey] {
        spec.groups.filter { $0.provider == provider.name }.flatMap { group in
            group.regions.flatMap { region in
                group.roles.map { PoolKey(group: group.name, region: region.name, role: $0.name) }
            }
        }
    }

    /// Without a node group its group is empty.
    private static func pool(
        for provider: ProviderSpec, in spec: Spec, among pools: [PoolKey], _ arguments: Arguments
    ) throws(UsageError) -> PoolKey {
        let (region, role) = (arguments.value("region"), arguments.value("role"))
        let fitting = pools.first { ($0.region == region ?? $0.region) && ($0.role == role ?? $0.role) }
        if let fitting { return fitting }
        guard pools.isEmpty else {
            let names = pools.map(\.description).joined(separator: ", ")
            let near = near(region, among: pools.map(\.region)) ?? near(role, among: pools.map(\.role))
            throw UsageError(
                "no node group uses provider '\(provider.name)' in that region and role; "
                    + (near.map { "did you mean '\($0)'?" } ?? "there are \(names)"))
        }
        guard let region else {
            throw UsageError("no node group uses provider '\(provider.name)': say where with --region")
        }
        try check(region, "region", among: knownRegions(of: provider, in: spec), provider)
        try check(role, "role", among: spec.groups.flatMap(\.roles).map(\.name), provider)
        if case .process(let process) = provider.settings {
            let roles = process.roles.keys.sorted()
            guard let chosen = role ?? roles.first, roles.contains(chosen) else {
                throw UsageError(
                    "provider '\(provider.name)' has no command for role '\(role ?? "")'; it has "
                        + roles.joined(separator: ", "))
            }
            return PoolKey(group: "", region: region, role: chosen)
        }
        return PoolKey(group: "", region: region, role: role ?? someRole)
    }

    /// Where no node group says where the provider has nodes: what else in the spec names a region.
    private static func knownRegions(of provider: ProviderSpec, in spec: Spec) -> [String] {
        let others = spec.groups.flatMap(\.regions).map(\.name)
        if case .ec2(let ec2) = provider.settings { return ec2.regions.keys + others }
        return others
    }

    /// A name that is none, or that is nearly one of the spec's, is a slip; another one may be meant.
    private static func check(
        _ name: String?, _ title: String, among known: [String], _ provider: ProviderSpec
    ) throws(UsageError) {
        guard let name, !known.contains(name) else { return }
        guard let first = name.utf8.first, first != UInt8(ascii: "-"), name.utf8.count <= 63,
            name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") })
        else {
            throw UsageError("--\(title) '\(name)' is no name of a \(title): 1 to 63 of a-z, 0-9 and '-'")
        }
        // Amazon's names differ by a digit.
        if case .ec2 = provider.settings, title == "region", isAmazons(name) { return }
        if let near = near(name, among: known) {
            throw UsageError(
                "no node group uses provider '\(provider.name)', and the spec has no \(title) '\(name)'; did you mean '\(near)'?"
            )
        }
    }

    /// `us-east-1`, `ap-southeast-2`.
    private static func isAmazons(_ name: String) -> Bool {
        let parts = name.split(separator: "-")
        return parts.count >= 3 && parts[0].count == 2 && parts.last.flatMap { Int($0) } != nil
    }

    private static func near(_ name: String?, among known: [String]) -> String? {
        guard let name, !known.contains(name) else { return nil }
        return Suggestion.nearest(to: name, among: Set(known).sorted())
    }
}
