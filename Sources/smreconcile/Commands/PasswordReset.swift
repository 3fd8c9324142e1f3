internal import APIServer
internal import Foundation
internal import Reconciler
internal import Storage

/// `smreconcile user reset-password NAME --data DIR`: for whoever forgot the last admin's password and has the manager's own files. The store
/// lets one process in, so the manager is stopped meanwhile.
enum PasswordReset {
    /// Asks for a password and gives it to a user of the store in `directory`.
    static func run(_ name: String, _ directory: String, _ console: Console) async throws {
        // An opening would make an empty store.
        guard FileManager.default.fileExists(atPath: directory + "/smreconcile.db") else {
            throw CommandError("there is no manager's data in '\(directory)'; name the directory with --data")
        }
        let store: SQLiteStore
        do throws(StoreFailure) {
            store = try await SQLiteStore.open(directory: directory)
        } catch {
            throw CommandError(error.message)
        }
        do {
            try await reset(name, store, console)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func reset(_ name: String, _ store: SQLiteStore, _ console: Console) async throws {
        let time = SystemTime()
        let book = try await IdentityBook.open(store, values: store, time: time)
        let users = UserDirectory(book: book, time: time)
        // Before a password is asked for in vain.
        guard book.userNames.contains(name) else {
            throw CommandError(
                Suggestion.noSuch("user", name, among: book.userNames))
        }
        let password = try Prompt.newPassword(of: name, console)
        do throws(CommandFailure) {
            let isDisabled = try await users.reset(name, to: password)
            console.print("\(name) has another password; all sessions are ended")
            if isDisabled { console.error("\(name) is disabled, and cannot log in until an admin enables it") }
        } catch {
            throw CommandError("\(error.message); nothing was changed")
        }
        let entry = AuditEntry(
            at: time.now(), subject: "local:\(NSUserName())", role: "", credential: "data directory", method: "RESET",
            path: "/as/v1/users/\(name)/password", status: 200, requestID: "", address: "")
        do throws(StoreFailure) {
            try await store.record([entry])
        } catch {
            throw CommandError("the password is set, and the audit log does not have it: \(error.message)")
        }
    }
}
