internal import Foundation
internal import Glibc
internal import Reconciler

/// Whether the repository that a manager is to follow can be had, and what its newest commit says. It is fetched into a directory of its
/// own, which is gone afterwards.
enum RepositoryDoctor {
    private static let check = "repository"

    /// Reads the spec of the newest commit into the patient.
    static func examine(
        _ source: DaemonOptions.GitSource, of patient: inout DoctorPatient
    ) async -> [DoctorFinding] {
        var findings = secrets(of: source)
        if patient.isOffline, source.access.url.transport != .file {
            return findings + [
                .warn(
                    check, "\(source.access.words): not asked, for --offline, and so its spec was not looked at",
                    "ask it without --offline")
            ]
        }
        do {
            let found = try await PlanSource.read(source.access, environment: patient.environment)
            let commit = found.commit.map { ", at commit \($0.words)" } ?? ""
            findings.append(.ok(check, "reached \(source.access.words)\(commit)"))
            patient.spec = found.reading.spec
            if let spec = found.reading.spec { patient.manager = spec.manager }
            return findings + SpecDoctor.findings(found.reading, advice: "the newest commit has it; mend it there")
        } catch let failure as CommandError {
            findings.append(
                .fail(check, failure.message, "the first start of a manager here, as this user, ends with that"))
        } catch {
            findings.append(
                .fail(check, "cannot make a directory to fetch into: \(error)", "see to the temporary directory"))
        }
        return findings
    }

    /// Files that open the repository, or that a push is known by, are for the manager's user alone.
    private static func secrets(of source: DaemonOptions.GitSource) -> [DoctorFinding] {
        let files = [source.access.key, source.access.token, source.hookSecret].compactMap { $0 }
        return files.compactMap { file in
            // That of the file itself, to which a mounted secret is a link.
            var info = stat()
            guard unsafe stat(file, &info) == 0, info.st_mode & 0o077 != 0 else { return nil }
            let who = info.st_mode & 0o007 != 0 ? "everybody" : "its group"
            return .warn(check, "\(who) on this machine may read '\(file)'", "chmod 600 '\(file)'")
        }
    }
}
