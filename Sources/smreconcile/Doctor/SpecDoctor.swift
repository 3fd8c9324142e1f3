internal import Reconciler

/// Whether the spec reads.
enum SpecDoctor {
    private static let check = "spec"
    /// `validate` shows all.
    private static let most = 5

    /// Reads the files of the patient into it.
    static func examine(_ patient: inout DoctorPatient) -> [DoctorFinding] {
        guard !patient.paths.isEmpty else {
            return [
                .warn(check, "no spec was given", "name it with -f PATH, to have its settings and providers looked at")
            ]
        }
        let reading = SpecFiles.read(patient.paths)
        patient.spec = reading.spec
        if let spec = reading.spec { patient.manager = spec.manager }
        return findings(reading)
    }

    static func findings(
        _ reading: SpecReading, advice: String = "'smreconcile validate' shows the line"
    ) -> [DoctorFinding] {
        let errors = reading.errors
        var findings = errors.prefix(most).map { DoctorFinding.fail(check, $0.description, advice) }
        if errors.count > most {
            findings.append(
                .fail(check, "and \(errors.count - most) more errors", advice))
        }
        findings += reading.warnings.prefix(most).map { .warn(check, $0.description, advice) }
        if let spec = reading.spec { findings.insert(.ok(check, "valid: \(spec.contents)"), at: 0) }
        return findings
    }
}
