package import Reconciler

/// What the routes work with.
package struct APIServices: Sendable {
    package var live: LiveState
    package var store: any Store
    package var commands: any ControlCommands
    package var tokens: TokenAuthority
    package var users: UserDirectory
    package var time: any TimeSource
    /// How long a login lasts.
    package var tokenLifetime: Duration
    /// Takes one line per refused login and the like; never a secret.
    package var log: @Sendable (String) -> Void

    /// All of them.
    package init(
        live: LiveState, store: any Store, commands: any ControlCommands, tokens: TokenAuthority, users: UserDirectory,
        time: any TimeSource, tokenLifetime: Duration = .seconds(3600),
        log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.live = live
        self.store = store
        self.commands = commands
        self.tokens = tokens
        self.users = users
        self.time = time
        self.tokenLifetime = tokenLifetime
        self.log = log
    }
}
