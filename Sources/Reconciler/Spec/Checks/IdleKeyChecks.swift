/// Keys of a provider that no node group has a use for: most likely a name that is written wrong. Warnings, since node groups may also come
/// by the API.
enum IdleKeyChecks {
    /// Of a provider of the spec, whose document this is. Nothing is said of one that no node group uses, and nothing where a document could
    /// not be read.
    static func check(_ provider: ProviderSpec, _ document: YAMLNode, _ spec: Spec, _ context: SpecContext) {
        let groups = spec.groups.filter { $0.provider == provider.name }
        guard !groups.isEmpty else { return }
        let types = Set(groups.flatMap(\.roles).compactMap(\.instanceType)).sorted()
        let node = document.nearest("spec")
        var used = Set(types)
        if case .ec2(let ec2) = provider.settings {
            used.formUnion(types.flatMap { ec2.substitutes[$0] ?? [] })
            let regions = Set(groups.flatMap(\.regions).map(\.name)).sorted()
            for name in ec2.regions.keys.sorted() where !regions.contains(name) {
                idle(
                    name, "no node group of provider '\(provider.name)' has the region", regions,
                    node["ec2"]?["regions"], context)
            }
            for type in ec2.substitutes.keys.sorted() where !types.contains(type) {
                idle(type, "no role has the instance type", types, node["ec2"]?["substitutes"], context)
            }
        }
        // A list of prices may well be longer than it need be; one that lacks a type that is used has it under a wrong name.
        let prices = provider.prices.perHour
        let missing = prices[PriceList.otherTypes] == nil ? types.filter { prices[$0] == nil } : []
        guard !missing.isEmpty else { return }
        for type in prices.keys.sorted() where !used.contains(type) {
            idle(type, "no role has the instance type", missing, node["prices"], context)
        }
    }

    private static func idle(
        _ name: String, _ reason: String, _ known: [String], _ map: YAMLNode?, _ context: SpecContext
    ) {
        guard let key = map?.key(name) else { return }
        let near = Suggestion.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
        context.warning("'\(name.shortened)' does nothing here: \(reason)", at: key, near)
    }
}
