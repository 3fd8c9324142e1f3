package import Reconciler

/// What the routes work with.
package struct APIServices: Sendable {
    /// The cluster as it is now.
    package var live: LiveState
    /// Events and users.
    package var store: any Store
    /// What a person may tell the control loop.
    package var commands: any ControlCommands
    /// Where the spec is put together of files and of node groups made over the API.
    package var groups: SpecDesk
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
    /// Asks media nodes; nil: nobody does.
    package var gateway: (any MediaGateway)?
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

    /// All of them.
    package init(
        live: LiveState, store: any Store, commands: any ControlCommands, groups: SpecDesk,
        provisions: ProvisionDesk,
        tokens: TokenAuthority, tickets: TicketAuthority, users: UserDirectory, time: any TimeSource,
        activity: ActivityMeter, version: String, locator: (any GeoLocator)? = nil,
        gateway: (any MediaGateway)? = nil,
        tokenLifetime: Duration = .seconds(3600),
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.live = live
        self.store = store
        self.commands = commands
        self.groups = groups
        self.provisions = provisions
        self.tokens = tokens
        self.tickets = tickets
        self.users = users
        self.time = time
        self.activity = activity
        self.version = version
        self.locator = locator
        self.gateway = gateway
        self.tokenLifetime = tokenLifetime
        self.log = log
    }
}
