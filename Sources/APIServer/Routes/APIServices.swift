package import Reconciler

/// What the routes work with.
package struct APIServices: Sendable {
    /// The cluster as it is now.
    package var live: LiveState
    /// Events and users.
    package var store: any Store
    /// What a person may tell the control loop.
    package var commands: any ControlCommands
    /// Makes, changes and forgets provisions.
    package var provisions: ProvisionDesk
    /// Issues and verifies tokens.
    package var tokens: TokenAuthority
    /// Makes and verifies tickets for media nodes.
    package var tickets: TicketAuthority
    /// Checks passwords.
    package var users: UserDirectory
    /// The clock.
    package var time: any TimeSource
    /// Where clients are, by their addresses; nil: nobody knows.
    package var locator: (any GeoLocator)?
    /// How long a login lasts.
    package var tokenLifetime: Duration
    /// What the process did, for its metrics.
    package var activity: ActivityMeter
    /// The program's own version.
    package var version: String
    /// Takes one line per refused login and the like; never a secret.
    package var log: @Sendable (String) -> Void
    /// Takes one line per answered request, where the spec wants them.
    package var logAnswer: @Sendable (String) -> Void
    /// What the certificate of HTTPS says of itself, and whether its files are in use; nil without TLS.
    package var certificate: @Sendable () -> CertificateState?

    /// All of them.
    package init(
        live: LiveState, store: any Store, commands: any ControlCommands, provisions: ProvisionDesk,
        tokens: TokenAuthority, tickets: TicketAuthority, users: UserDirectory, time: any TimeSource,
        activity: ActivityMeter, version: String, locator: (any GeoLocator)? = nil,
        tokenLifetime: Duration = .seconds(3600),
        log: @escaping @Sendable (String) -> Void = { _ in },
        logAnswer: @escaping @Sendable (String) -> Void = { _ in },
        certificate: @escaping @Sendable () -> CertificateState? = { nil }
    ) {
        self.live = live
        self.store = store
        self.commands = commands
        self.provisions = provisions
        self.tokens = tokens
        self.tickets = tickets
        self.users = users
        self.time = time
        self.activity = activity
        self.version = version
        self.locator = locator
        self.tokenLifetime = tokenLifetime
        self.log = log
        self.logAnswer = logAnswer
        self.certificate = certificate
    }
}
