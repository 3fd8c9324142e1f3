package import Reconciler

/// A provider of the spec that cannot be made; the text says why and what to do.
package struct ProviderUnavailable: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sentence for people.
    package var description: String
}

/// The provider that a spec describes. Nothing is done yet: no file written, nothing called.
///
/// Local nodes and their records are under `<dataDirectory>/nodes/<provider>`, simulated instances in
/// `<dataDirectory>/simulated/<provider>.json`.
package func makeProvider(
    _ spec: ProviderSpec, dataDirectory: String, time: any TimeSource
) throws(ProviderUnavailable) -> any Provider {
    switch spec.settings {
    case .simulated(let settings):
        do throws(SystemError) {
            return try SimulatedProvider(
                spec: settings, time: time, file: "\(dataDirectory)/simulated/\(spec.name).json")
        } catch {
            throw ProviderUnavailable(description: "provider '\(spec.name)': \(error)")
        }
    case .process(let settings):
        return ProcessProvider(name: spec.name, spec: settings, root: "\(dataDirectory)/nodes", time: time)
    case .shell(let settings):
        return ShellProvider(spec: settings, environment: NodeCommand.ownEnvironment)
    case .ec2(let settings):
        return EC2Provider(
            spec: settings, timeout: spec.limits.timeout, environment: NodeCommand.ownEnvironment(), time: time,
            random: SeededRandom(seed: .random(in: 0...(.max))),
            userData: { NodeBootstrap.userData(settings.bootstrap, for: $0) })
    case .terraform(let settings):
        return TerraformProvider(spec: settings, environment: NodeCommand.ownEnvironment, time: time) {
            NodeBootstrap.userData(settings.bootstrap, for: $0)
        }
    }
}
