internal import Providers

extension ClientTLS {
    /// What the command line and the environment say: `--ca` or SMRECONCILE_CA, and the client's own certificate, which a manager with
    /// client certificates asks for, in SMRECONCILE_CLIENT_CERTIFICATE and SMRECONCILE_CLIENT_KEY.
    init(_ arguments: Arguments, _ environment: [String: String]) {
        func given(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.init(
            authorities: arguments.value("ca") ?? given("SMRECONCILE_CA"),
            certificate: given("SMRECONCILE_CLIENT_CERTIFICATE"), key: given("SMRECONCILE_CLIENT_KEY"))
    }
}
