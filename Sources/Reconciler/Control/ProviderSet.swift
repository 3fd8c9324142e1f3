/// The providers of the present spec, by name.
package struct ProviderSet: Sendable {
    private var providers: [String: any Provider]
    private var failures: [String: String]

    package init(_ providers: [String: any Provider] = [:], failures: [String: String] = [:]) {
        self.providers = providers
        self.failures = failures
    }

    package func provider(_ name: String) -> (any Provider)? { providers[name] }

    /// Why there is no such provider, in words.
    package func whyNot(_ name: String) -> String {
        failures[name] ?? "the spec has no provider '\(name)' any more; put it back until its nodes are gone"
    }
}
