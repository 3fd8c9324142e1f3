package import Reconciler

/// The certificate that new connections get, and the files it comes from, which are followed: a new pair comes into force when it is
/// whole, one that cannot be used leaves the last good one. Open connections go on with the one that they began with.
///
///     read ─good─▶ in use ─files changed, the same at two looks─▶ read ─bad─▶ in use, and said so
package final class TLSKeeper: Sendable {
    /// How often the files are looked at: a few stat calls.
    package static let pace: Duration = .seconds(1)
    /// An expiry that comes near is spoken of again this often.
    private static let reminder: Duration = .seconds(86_400)

    private struct State: Sendable {
        var current: TLSCredentials?
        /// The files that ``current`` or the last failure came from.
        var settled: TLSFiles.Sight?
        /// Files that changed, to be read when they look the same the next time.
        var pending: TLSFiles.Sight?
        /// The last failure that was told.
        var failure: String?
        var isForced = false
        var remindedAt: Timestamp?
        var remarks: [CertificateFacts.Remark] = []
    }

    private let settings: Locked<ManagerSpec.API.TLS>
    private let time: any TimeSource
    private let report: @Sendable (Event) async -> Void
    private let state = Locked(State())
    private let tickets = TicketKey()
    private let worker = BlockingWorker("smreconcile.tls")

    /// A keeper that has read nothing yet.
    package init(
        _ settings: ManagerSpec.API.TLS, time: any TimeSource, report: @escaping @Sendable (Event) async -> Void
    ) {
        self.settings = Locked(settings)
        self.time = time
        self.report = report
    }

    /// Reads the files for the first time: without a good pair nothing can be served.
    package func start() async throws(TLSFailure) {
        let wanted = settings.current
        let sight = TLSFiles.Sight(wanted)
        let result = await read(wanted)
        state.with { $0.settled = sight }
        try await use(result.get())
    }

    /// Other files or other rules from now on; the address does not change while the process runs.
    package func use(_ new: ManagerSpec.API.TLS) { settings.replace(with: new) }

    /// Follows the files until the task is cancelled.
    package func run() async throws {
        while true {
            try await time.sleep(for: Self.pace)
            await look()
        }
    }

    /// The next look reads the files also when they look as before (SIGHUP).
    package func reread() { state.with { $0.isForced = true } }

    /// Looks at the files once. Not to be called while a look is under way.
    package func look() async {
        let wanted = settings.current
        let sight = await worker.run { TLSFiles.Sight(wanted) }
        let isDue = state.with { state in
            if state.isForced {
                state.isForced = false
                return true
            }
            if state.settled == sight {
                state.pending = nil
                return false
            }
            // Two files are not replaced in one moment.
            defer { state.pending = sight }
            return state.pending == sight
        }
        guard isDue else { return await remind() }
        let result = await read(wanted)
        state.with { state in
            state.settled = sight
            state.pending = nil
        }
        switch result {
        case .success(let credentials): await use(credentials)
        case .failure(let failure): await refuse(failure.message)
        }
    }

    private func read(_ settings: ManagerSpec.API.TLS) async -> Result<TLSCredentials, TLSFailure> {
        let tickets = tickets
        return await worker.run {
            do throws(TLSFailure) {
                return .success(try TLSCredentials(try TLSFiles.read(settings), tickets: tickets))
            } catch {
                return .failure(error)
            }
        }
    }

    /// What new connections begin with; nil before the start.
    var current: TLSCredentials? { state.with { $0.current } }

    /// What the certificate in use says of itself.
    var facts: CertificateFacts? { current?.facts }

    /// The first host name that the certificate is for; nil when it has none but patterns and addresses.
    package var hostName: String? {
        facts?.names.first { name in
            !name.hasPrefix("*") && name.contains { $0.isLetter } && !name.contains(" ")
        }
    }

    /// For the metrics; nil before the start.
    package var certificate: CertificateState? {
        state.with { state in
            state.current.map { CertificateState(notAfter: $0.facts.notAfter, areFilesInUse: state.failure == nil) }
        }
    }

    // MARK: - Words

    private static let subject = "tls"

    private func use(_ credentials: TLSCredentials) async {
        let now = time.now()
        if let current, credentials.facts.notAfter <= now, current.facts.notAfter > now {
            return await refuse("'\(settings.current.certificate)' expired at \(credentials.facts.notAfter)")
        }
        state.with { state in
            state.current = credentials
            state.failure = nil
            state.remindedAt = nil
        }
        await tell(
            .info, "CertificateRead", "'\(settings.current.certificate)' is in use: \(credentials.facts.summary)")
        if let exposure = TLSFiles.exposure(of: settings.current) { await tell(.warning, "KeyExposed", exposure) }
        await remind()
    }

    private func refuse(_ message: String) async {
        let isNew = state.with { state in
            defer { state.failure = message }
            return state.failure != message
        }
        guard isNew else { return }
        await tell(.error, "CertificateRefused", "\(message); the last good certificate stays in use")
    }

    /// Tells what is wrong with the certificate in use: when it begins, and once a day while it lasts.
    private func remind() async {
        let now = time.now()
        guard let facts else { return }
        let remarks = facts.remarks(at: now)
        let isDue = state.with { state in
            let isOld = state.remindedAt.map { now - $0 >= Self.reminder || now < $0 } ?? true
            let isNew = remarks.map(\.kind) != state.remarks.map(\.kind)
            guard isOld || isNew else { return false }
            state.remindedAt = now
            state.remarks = remarks
            return true
        }
        guard isDue else { return }
        for remark in remarks {
            await tell(remark.level, "CertificateTrouble", "'\(settings.current.certificate)': \(remark.text)")
        }
    }

    private func tell(_ level: Event.Level, _ reason: String, _ message: String) async {
        await report(Event(at: time.now(), level: level, reason: reason, subject: Self.subject, message: message))
    }
}

extension CertificateFacts.Remark {
    /// The same for the same trouble, however many days are left.
    fileprivate var kind: Int {
        switch self {
        case .expired: 0
        case .notYet: 1
        case .expiring: 2
        case .nameless: 3
        case .weakKey: 4
        }
    }

    /// An error where clients refuse the certificate now.
    fileprivate var level: Event.Level {
        if case .expiring = self { .warning } else { .error }
    }
}
