/// How instances are listed, made and destroyed, kind `Provider`.
package struct ProviderSpec: Sendable, Equatable {
    package var name: String
    package var settings: Settings
    /// What bounds its calls.
    package var limits: CallLimits
    /// What its nodes cost.
    package var prices = PriceList()
    package var source: SourceLocation?

    package enum Settings: Sendable, Equatable {
        case simulated(SimulatedSpec)
        case process(ProcessSpec)
        case shell(ShellSpec)
        case ec2(EC2Spec)
        case terraform(TerraformSpec)

        package var typeName: String {
            switch self {
            case .simulated: "simulated"
            case .process: "process"
            case .shell: "shell"
            case .ec2: "ec2"
            case .terraform: "terraform"
            }
        }
    }

    /// Without `limits` those of its type.
    package init(name: String, settings: Settings, limits: CallLimits? = nil, source: SourceLocation? = nil) {
        self.name = name
        self.settings = settings
        self.limits = limits ?? CallLimits(defaultsFor: settings)
        self.source = source
    }
}
