extension ProviderSpec.Settings {
    /// Where the instances of a region of ours really are, in words that are the same as long as it is the same place; nil where a change of
    /// the settings moves nothing.
    ///
    /// A list of another place proves that all nodes of the first are gone: they would be lost and doubled.
    package func place(of region: String) -> String? {
        switch self {
        case .ec2(let ec2): "\(ec2.amazonRegion(of: region)) of \(ec2.endpoint ?? "Amazon")"
        case .terraform(let terraform): "the workspace \(terraform.directory)"
        case .simulated, .process, .shell: nil
        }
    }
}
