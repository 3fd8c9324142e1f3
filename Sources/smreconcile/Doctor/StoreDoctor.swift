internal import Foundation
internal import Reconciler
internal import Storage

/// Whether the database is whole, of a version that this program knows, and of the spec's owner.
enum StoreDoctor {
    private static let check = "database"

    /// Looks at the database of the patient, and leaves what it holds for other checks.
    static func examine(_ patient: inout DoctorPatient) async -> [DoctorFinding] {
        let files = FileManager.default
        if files.fileExists(atPath: patient.dataDirectory), !files.isReadableFile(atPath: patient.dataDirectory) {
            return [.fail(check, "'\(patient.dataDirectory)' may not be read", "run this as the manager's user")]
        }
        do throws(StoreFailure) {
            let scratch = FileManager.default.temporaryDirectory.path
            guard let found = try await StoreInspection.look(at: patient.dataDirectory, scratch: scratch) else {
                return [.ok(check, "none yet: the first start makes it")]
            }
            patient.store = .init(holder: found.holder, owner: found.owner, newestAt: found.newestAt)
            return judge(found, owner: patient.spec?.manager.owner, directory: patient.dataDirectory)
        } catch {
            return [.fail(check, error.message, "restore it from a copy, or name another --data")]
        }
    }

    /// `owner` is the spec's.
    static func judge(_ found: StoreInspection, owner: String?, directory: String) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if found.version > found.known {
            findings.append(
                .fail(
                    check, "written by a newer version: schema \(found.version), this program knows \(found.known)",
                    "use that version, or another --data"))
        } else if found.version < found.known {
            findings.append(
                .ok(check, "of an older version, schema \(found.version): the next start brings it to \(found.known)"))
        }
        for damage in found.damage {
            findings.append(.fail(check, "damaged: \(damage)", "stop the manager and restore the database from a copy"))
        }
        if let owner, let stored = found.owner, owner != stored {
            findings.append(
                .fail(
                    check,
                    "the owner is '\(stored)' in the database and '\(owner)' in the spec: nodes of the one would be lost to the other",
                    "put it back in the spec, or name another --data"))
        }
        if findings.allSatisfy({ $0.level == .ok }) {
            let who = found.holder.map { "process \($0) works with it" } ?? "nobody works with it"
            findings.append(.ok(check, "whole, \(DiskDoctor.size(found.bytes)); \(who)"))
        }
        return findings
    }
}
