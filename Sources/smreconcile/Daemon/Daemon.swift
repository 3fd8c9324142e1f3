internal import APIServer
internal import Crypto
internal import Foundation
internal import Geography
internal import Glibc
internal import Providers
internal import Reconciler
internal import Storage

/// What `run` and `apply` were told.
struct DaemonOptions: Sendable {
    var paths: [String]
    /// A repository in place of ``paths``.
    var git: GitSource?
    var listen: String?
    var listenTLS: String?
    /// Wins over the spec's.
    var logFormat: ManagerSpec.LogFormat?
    var dataDirectory: String
    /// One round, or until all is as it should be; nil: until a signal.
    var ending: Ending = .signal
    var approveAll = false

    enum Ending: Sendable { case signal, afterOneRound, whenSettled }

    /// A repository that is followed.
    struct GitSource: Sendable {
        var access: GitAccess
        var settings = GitFollower.Settings()
        /// The file with the secret of webhooks; nil: none are taken.
        var hookSecret: String?
    }

    /// ``dataDirectory`` from the root.
    var absoluteDataDirectory: String {
        dataDirectory.hasPrefix("/") ? dataDirectory : FileManager.default.currentDirectoryPath + "/" + dataDirectory
    }
}

/// The daemon: store, API, control loop and what serves them, put together, and taken down in the reverse order.
struct Daemon: Sendable {
    let options: DaemonOptions
    let console: Console
    private let time = SystemTime()
    /// From a signal to the end of the process, at most (design.md section 7 and the first issue: within 5 s).
    private static let requestGrace: Duration = .seconds(3)
    /// After this the process ends, also when a disk that hangs keeps a commit from ending: what was acknowledged is on it.
    private static let endingTime: Duration = .milliseconds(4500)

    init(options: DaemonOptions, console: Console) {
        self.options = options
        self.console = console
    }

    func run() async throws -> Int32 {
        // Before anything is shown: a signal that comes early waits for its turn, and none is lost.
        let signals = Signals.stream()
        let store: SQLiteStore
        do throws(StoreFailure) {
            store = try await SQLiteStore.open(directory: options.dataDirectory)
        } catch {
            throw CommandError(error.message)
        }
        do {
            let code = try await run(with: store, signals)
            await store.close()
            return code
        } catch {
            await store.close()
            throw error
        }
    }

    private func run(with store: SQLiteStore, _ signals: AsyncStream<Int32>) async throws -> Int32 {
        let source = try await SpecService.open(options, store: store, time: time, environment: console.environment)
        let spec = source.spec
        if options.ending != .signal, let refusal = source.refusal {
            throw CommandError(refusal.diagnostics.printed + "the spec has errors; nothing was changed")
        }
        let log = Log(format: options.logFormat ?? spec.manager.log.format, console: console)
        let identities = try await IdentityBook.open(store, values: store, time: time)
        let tokens = TokenAuthority(book: identities)
        let tickets = try await TicketAuthority.load(from: store)
        let users = UserDirectory(book: identities, time: time)
        let warn: @Sendable (String) -> Void = { log.line($0, level: .warning, at: SystemTime().now()) }
        let audit = AuditTrail(store: store, log: { log.audit($0) }, warn: warn)
        let addresses = try ServingPlace.addresses(options, spec.manager)
        OpenFileLimit.raise()

        let waker = Waker()
        let registry = ProviderRegistry(dataDirectory: options.absoluteDataDirectory, time: time)
        let live = LiveState(startedAt: time.now(), wake: { waker.wake() }) { candidate, query, now in
            guard registry.hasSimulated else { return }
            for provider in registry.simulated {
                provider.assigned(candidate.node, stream: query.stream, action: query.action, at: now)
            }
        }
        let meter = ActivityMeter()
        let owner = try await owner(spec, store)
        let newEvents = Waker()
        // 'apply' shows its own progress; what goes wrong is logged there too.
        let isService = options.ending == .signal
        let url = Locked(ServingPlace.url(addresses, host: nil))
        var environment = ControlLoop.Environment(
            store: store, time: time, live: live, effects: ConcurrentEffects(meter: meter),
            owner: owner,
            providers: { registry.providers(for: $0) },
            credential: { tokens.nodeCredential(for: $0, requestedAt: $1) },
            managerURL: { live.snapshot.spec.manager.advertiseURL ?? url.current }, seed: Self.seed(),
            log: {
                meter.event($0)
                newEvents.wake()
                if isService || $0.level != .info { log.event($0) }
            })
        environment.approveAll = options.approveAll
        let loop = try await ControlLoop(environment, spec: spec)
        // Asks for a look at the spec at once: by SIGHUP, by a webhook.
        let again = Waker()

        let webhooks = WebhookDesk(
            store: store, time: time, sender: WebhookGateway(environment: console.environment), owner: owner,
            live: live,
            waker: newEvents, seed: Self.seed(), note: { await loop.note($0) })
        do throws(StoreFailure) {
            try await webhooks.start(spec.manager.webhooks)
        } catch {
            throw CommandError(error.message)
        }

        let geography = GeoDatabase(
            directory: options.dataDirectory, time: time, path: { live.snapshot.spec.manager.geoDatabase },
            report: { await loop.note($0) })
        // Before the first client asks.
        await geography.look()

        let provisions = ProvisionDesk(store: store, live: live, log: environment.log)
        let desk = SpecDesk(
            source.parts, store: store, time: time, use: { await loop.use($0) }, note: { await loop.note($0) },
            nodes: { Array(live.snapshot.fleet.nodes.values) })
        await desk.begin(with: spec)
        let keeper = spec.manager.api.tls.map { tls in
            TLSKeeper(tls, time: time) { event in await loop.note(event) }
        }
        do throws(TLSFailure) { try await keeper?.start() } catch { throw CommandError(error.message) }
        let server = APIServer(
            services: APIServices(
                live: live, store: store, commands: loop, groups: desk, provisions: provisions, tokens: tokens,
                tickets: tickets, users: users, audit: audit, time: time, activity: meter,
                version: VersionCommand.version, locator: geography, gateway: NodeGateway(), webhooks: webhooks,
                log: warn,
                logAnswer: { log.line($0, at: SystemTime().now()) },
                certificate: { keeper?.certificate }, pushes: pushDoor(again)),
            listen: addresses, manager: spec.manager, keeper: keeper)
        let actual: APIServer.Addresses
        do throws(ListenFailure) { actual = try server.start() } catch { throw CommandError(error.message) }
        url.replace(with: ServingPlace.url(actual, host: keeper?.hostName))
        // After the port is ours: a start that fails must not spend the one showing of the password.
        let password: String?
        do throws(CommandFailure) {
            password = try await users.ensureAdmin(
                environmentPassword: console.environment["SMRECONCILE_ADMIN_PASSWORD"])
        } catch {
            await server.stop(grace: .zero)
            throw CommandError(error.message)
        }
        // Before the first line that says that it is up.
        await source.announce(to: loop, live, console)
        if options.ending == .signal {
            Banner.print(
                url: url.current, others: ServingPlace.others(actual), following: options.git?.access.words,
                password: password, spec, console)
        }
        let identity = IdentityServices(book: identities, audit: audit, live: live, time: time, warn: warn)
        let code = await serve(
            loop, meter, waker, registry, live, geography, provisions, desk, identity, webhooks, source, again, signals,
            server, keeper
        ) {
            // First no new requests, and those in flight get their answers; then the loop ends, between two rounds.
            Deadline.set(Self.endingTime)
            await server.stop(grace: Self.requestGrace)
            await loop.close()
        }
        // The last calls too.
        await audit.flush()
        if options.ending == .signal { log.line("stopped; nodes are left running", at: time.now()) }
        return code
    }

    // MARK: - Services

    private func serve(
        _ loop: ControlLoop, _ meter: ActivityMeter, _ waker: Waker, _ registry: ProviderRegistry, _ live: LiveState,
        _ geography: GeoDatabase, _ provisions: ProvisionDesk, _ desk: SpecDesk, _ identity: IdentityServices,
        _ webhooks: WebhookDesk, _ source: SpecService, _ again: Waker, _ signals: AsyncStream<Int32>,
        _ server: APIServer, _ keeper: TLSKeeper?,
        ending: @escaping @Sendable () async -> Void
    ) async -> Int32 {
        let progress = Progress(console: console, ending: options.ending, approveAll: options.approveAll)
        let code = await withTaskGroup(of: Int32?.self) { group in
            group.addTask(name: "control loop") {
                try? await loop.run(
                    waker, interval: { live.snapshot.spec.manager.interval }, time: time, meter: meter,
                    onRound: { await progress.round($0, live.snapshot) })
                return await progress.code
            }
            group.addTask(name: "simulated agents") {
                try? await registry.runSimulatedAgents(with: live)
                return nil
            }
            group.addTask(name: "probes") {
                try? await ProbeService(live: live, prober: SystemProber(), time: time).run()
                return nil
            }
            group.addTask(name: "provisions") { [time] in
                try? await provisions.run(time: time)
                return nil
            }
            group.addTask(name: "users and sessions") {
                try? await identity.followStore()
                return nil
            }
            group.addTask(name: "audit log") {
                try? await identity.writeAudit()
                return nil
            }
            group.addTask(name: "webhooks") {
                try? await webhooks.run()
                return nil
            }
            if let keeper {
                group.addTask(name: "certificate") {
                    try? await keeper.run()
                    return nil
                }
            }
            group.addTask(name: "geolocation database") {
                try? await geography.run()
                return nil
            }
            if source.isFollowed {
                group.addTask(name: "spec follower") { [time, console] in
                    try? await source.run(again: again, desk: desk, loop: loop, console: console) { spec in
                        server.use(spec.manager)
                        await webhooks.use(spec.manager.webhooks)
                        if let event = ServingPlace.restart(from: source.spec.manager, to: spec.manager, at: time.now())
                        {
                            await loop.note(event)
                        }
                    }
                    return nil
                }
            }
            group.addTask(name: "signals") {
                for await number in signals {
                    if number != SIGHUP { return progress.ending == .signal ? ExitCode.done : 128 + number }
                    again.wake()
                    keeper?.reread()
                    waker.wake()
                }
                return nil
            }
            var code: Int32 = ExitCode.done
            for await result in group {
                guard let result else { continue }
                code = result
                break
            }
            await ending()
            group.cancelAll()
            return code
        }
        return code
    }

    // MARK: - Settings

    /// The door for webhooks; the secret is read at each call, so that it can be changed.
    private func pushDoor(_ again: Waker) -> PushDoor? {
        guard let file = options.git?.hookSecret else { return nil }
        return PushDoor(secret: { FollowedRepository.hookSecret(in: file) }, look: { again.wake() })
    }

    /// The exact owner tag: from the spec, else drawn once and kept.
    private func owner(_ spec: Spec, _ store: any Store) async throws -> String {
        if let stored = try await store.value("owner").map({ String(decoding: $0, as: UTF8.self) }) {
            if let given = spec.manager.owner, given != stored {
                throw CommandError(
                    "the owner is '\(stored)' in the data directory and '\(given)' in the spec: nodes made as the one would be lost "
                        + "to the other; put it back, or use another --data")
            }
            return stored
        }
        let made =
            spec.manager.owner
            ?? "sm-" + Base64URL.encode(SecureRandom.bytes(9)).lowercased().filter { $0.isLetter || $0.isNumber }
        try await store.setValue(Data(made.utf8), for: "owner")
        return made
    }

    private static func seed() -> UInt64 {
        SecureRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
