package import Reconciler

/// What the routes work with.
package struct APIServices: Sendable {
    /// The cluster as it is now.
    package var live: LiveState
    /// Events.
    package var store: any Store
    /// What a person may tell the control loop.
    package var commands: any ControlCommands
    /// Where the spec is put together of files and of node groups made over the API.
    package var groups: SpecDesk
    /// Names that no new node group may have over the API.
    package let reserved = ReservedNames()
    /// Makes, changes and forgets provisions.
    package var provisions: ProvisionDesk
    /// Issues and verifies tokens.
    package var tokens: TokenAuthority
    /// Makes and verifies tickets for media nodes.
    package var tickets: TicketAuthority
    /// Checks passwords.
    package var users: UserDirectory
    /// Remembers who changed what.
    package var audit: AuditTrail
    /// The clock.
    package var time: any TimeSource
    /// Asks media nodes; nil: nobody does.
    package var gateway: (any MediaGateway)?
    /// Where clients are, by their addresses; nil: nobody knows.
    package var locator: (any GeoLocator)?
    /// Sends events to webhooks; nil: nobody does.
    package var webhooks: WebhookDesk?
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
    /// Takes the word of a git server that something was pushed; nil: nobody may say so.
    package var pushes: PushDoor?

    /// All of them.
    package init(
        live: LiveState, store: any Store, commands: any ControlCommands, groups: SpecDesk,
        provisions: ProvisionDesk, tokens: TokenAuthority, tickets: TicketAuthority, users: UserDirectory,
        audit: AuditTrail, time: any TimeSource, activity: ActivityMeter, version: String,
        locator: (any GeoLocator)? = nil, gateway: (any MediaGateway)? = nil, webhooks: WebhookDesk? = nil,
        log: @escaping @Sendable (String) -> Void = { _ in },
        logAnswer: @escaping @Sendable (String) -> Void = { _ in },
        certificate: @escaping @Sendable () -> CertificateState? = { nil }, pushes: PushDoor? = nil
    ) {
        self.live = live
        self.store = store
        self.commands = commands
        self.groups = groups
        self.provisions = provisions
        self.tokens = tokens
        self.tickets = tickets
        self.users = users
        self.audit = audit
        self.time = time
        self.activity = activity
        self.version = version
        self.locator = locator
        self.gateway = gateway
        self.webhooks = webhooks
        self.log = log
        self.logAnswer = logAnswer
        self.certificate = certificate
        self.pushes = pushes
    }
}

extension APIServices {
    /// Users, sessions, tokens and keys.
    var identities: IdentityBook { tokens.book }
    /// Opens and renews sessions.
    var sessions: SessionDesk { SessionDesk(book: tokens.book, tokens: tokens) }
    /// How long tokens are good, by the spec of now.
    var tokenPolicy: ManagerSpec.Tokens { live.snapshot.spec.manager.tokens }

    /// Where a request came from, as far as trusted proxies tell it; empty when nobody does.
    func address(of request: HTTPRequest) -> String {
        ClientAddress.of(request, trusting: live.view.trustedProxies)?.description ?? request.remoteAddress
    }
}
