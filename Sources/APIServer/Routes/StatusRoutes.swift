internal import Foundation
internal import Reconciler

/// How the cluster is, folded: what is well in counts, what is not with its reason.
struct StatusRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, "/as/v1/status", .roles(.readers),
                "How the cluster is: what is well in counts, what is not with its reason",
                .later { call async throws(Problem) in try status(call) }
            )
            .in(.control).query(.text("nodeGroup", "Of this node group alone.", example: "live"))
            .answers(APISchemas.reference("Status"), "The status of the last round.")
            .fails(404, "There is no such node group.")
        ]
    }

    private func status(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let now = services.time.now()
        var status = ClusterStatus(services.live.snapshot, remarks: remarks(at: now), now: now)
        if let name = try call.request.fields.text("nodeGroup") {
            guard let group = status.nodeGroups.first(where: { $0.name == name }) else {
                throw .notFound(Suggestion.noSuch("node group", name, among: status.nodeGroups.map(\.name)))
            }
            status.narrow(to: group)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return .json([UInt8](try encoder.encode(status)))
        } catch {
            throw Problem(500, "the status cannot be written: \(error)")
        }
    }

    /// What the control loop does not know.
    private func remarks(at now: Timestamp) -> [ClusterStatus.Remark] {
        var remarks: [ClusterStatus.Remark] = []
        if let certificate = services.certificate() { remarks += certificate.remarks(at: now) }
        if let trouble = services.audit.trouble { remarks.append(.init(.degraded, "audit", trouble)) }
        if let trouble = services.locator?.trouble { remarks.append(.init(.degraded, "geolocation", trouble)) }
        return remarks
    }
}

extension CertificateState {
    /// What is wrong with it now, or soon will be.
    func remarks(at now: Timestamp) -> [ClusterStatus.Remark] {
        var remarks: [ClusterStatus.Remark] = []
        if now >= notAfter {
            remarks.append(.certificate(.degraded, CertificateFacts.Remark.expired(since: notAfter).text))
        } else if notAfter - now < CertificateFacts.warningTime {
            let days = Int((notAfter - now).wholeMilliseconds / 86_400_000)
            remarks.append(.certificate(.held, CertificateFacts.Remark.expiring(days: days).text))
        }
        if !areFilesInUse {
            remarks.append(
                .certificate(
                    .degraded,
                    "its files cannot be used, and the last good one stays in use; 'smreconcile get events --about tls' says why"
                ))
        }
        return remarks
    }
}

extension ClusterStatus.Remark {
    fileprivate static func certificate(_ state: ClusterStatus.State, _ words: String) -> Self {
        Self(state, "certificate", "the certificate of HTTPS: \(words)")
    }
}
