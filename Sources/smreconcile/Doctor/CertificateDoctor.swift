internal import APIServer
internal import Reconciler

/// Whether the certificate of HTTPS can be served, until when it is good, and who may read its key.
enum CertificateDoctor {
    private static let check = "certificate"

    static func examine(_ patient: DoctorPatient) async -> [DoctorFinding] {
        guard let tls = patient.manager.api.tls else { return [.ok(check, "none: HTTP alone")] }
        let events = Locked<[Event]>([])
        let keeper = TLSKeeper(tls, time: SystemTime()) { event in events.with { $0.append(event) } }
        do throws(TLSFailure) {
            try await keeper.start()
        } catch {
            return [.fail(check, error.message, "put the files of spec.api.tls right")]
        }
        return findings(events.current)
    }

    /// What the keeper tells of what it read: the words hold what to do.
    static func findings(_ events: [Event]) -> [DoctorFinding] {
        events.map { event in
            let parts = event.message.split(separator: "; ", omittingEmptySubsequences: true).map(String.init)
            switch event.level {
            case .info: return .ok(check, event.message.replacing("is in use: ", with: ""))
            case .warning, .error:
                let found = parts.count > 1 ? parts.dropLast().joined(separator: "; ") : event.message
                let advice = parts.count > 1 ? parts[parts.count - 1] : "renew it"
                return event.level == .error ? .fail(check, found, advice) : .warn(check, found, advice)
            }
        }
    }
}
