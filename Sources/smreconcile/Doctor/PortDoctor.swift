internal import APIServer
internal import Foundation
internal import Providers
internal import Reconciler

/// Whether the addresses of the API are free, or ours.
enum PortDoctor {
    private static let check = "port"
    private static let patience: Duration = .seconds(2)

    static func examine(_ patient: DoctorPatient) async -> [DoctorFinding] {
        var options = DaemonOptions(
            paths: [], listen: patient.listen, listenTLS: patient.listenTLS, dataDirectory: patient.dataDirectory)
        options.ending = .signal
        let addresses: APIServer.Addresses
        do throws(UsageError) {
            addresses = try ServingPlace.addresses(options, patient.manager)
        } catch {
            return [.fail(check, error.message, "put it right in the spec or on the command line")]
        }
        var findings: [DoctorFinding] = []
        for (address, scheme) in [(addresses.plain, "http"), (addresses.secure, "https")] {
            guard let address else { continue }
            let failure = ListenTrial.failure(of: address)
            let isTaken = failure?.contains("in use") == true
            let answers = isTaken ? await isManager("\(scheme)://\(address.reachable)/healthz") : false
            findings.append(judge(address, failure, isManager: answers, holder: patient.store?.holder))
        }
        return findings
    }

    /// `failure`: why it cannot be listened on; `isManager`: a manager answers there; `holder`: the daemon of the data directory.
    static func judge(_ address: ListenAddress, _ failure: String?, isManager: Bool, holder: Int?) -> DoctorFinding {
        guard let failure else {
            return .ok(check, address.port == 0 ? "\(address.host): the system picks one" : "\(address) is free")
        }
        if isManager, let holder {
            return .ok(check, "\(address) is served by process \(holder), the manager of this data directory")
        }
        if isManager {
            return .fail(
                check, "\(address) is served by another manager, as far as can be seen",
                "run this as the manager's user to see whether it is this directory's; else choose another with --listen"
            )
        }
        let advice =
            failure.contains("in use")
            ? "'ss -ltnp' shows who listens there; choose another with --listen"
            : failure.contains("denied")
                ? "ports below 1024 need CAP_NET_BIND_SERVICE; see packaging/systemd"
                : "choose an address of this machine with --listen"
        return .fail(check, failure, advice)
    }

    private static func isManager(_ url: String) async -> Bool {
        let http = HTTPClient(handles: 1)
        do throws(HTTPFailure) {
            let answer = try await http.send(HTTPRequest("GET", url, timeout: patience))
            return answer.status == 200 && answer.body == Data("ok\n".utf8)
        } catch {
            // One that speaks, and whose certificate is not believed here: who it is cannot be told from outside.
            return "\(error)".contains("certificate")
        }
    }
}
