internal import Foundation
internal import Reconciler

/// Looks at all that a manager needs, and changes none of it. The order is that of the report: what a check learns, later ones use.
struct Doctor: Sendable {
    /// All checks; what reads the spec and the database comes first.
    static func examine(_ patient: DoctorPatient) async -> [DoctorFinding] {
        var patient = patient
        var findings: [DoctorFinding]
        if let source = patient.git {
            findings = await RepositoryDoctor.examine(source, of: &patient)
        } else {
            findings = SpecDoctor.examine(&patient)
        }
        findings += ClockDoctor.judge(HostFacts.clock(), newest: nil)
        findings += DiskDoctor.examine(patient.dataDirectory)
        findings += await StoreDoctor.examine(&patient)
        findings += ClockDoctor.judge(nil, newest: patient.store?.newestAt)
        findings += await PortDoctor.examine(patient)
        findings += await CertificateDoctor.examine(patient)
        findings += LimitDoctor.judge(.here(), connections: patient.manager.api.limits.connections)
        findings += await ProviderDoctor.examine(patient)
        return findings
    }
}
