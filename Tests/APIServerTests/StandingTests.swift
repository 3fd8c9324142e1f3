import Reconciler
import Testing

@testable import APIServer

@Suite("What was checked must still hold when it counts")
struct StandingTests {
    private static let now = Timestamp(milliseconds: 0)

    private static func identity() -> (StoredIdentity, StoredUser, StoredSession) {
        var identity = StoredIdentity()
        let user = StoredUser(name: "ann", role: .admin, passwordHash: "old", createdAt: now)
        let session = StoredSession(
            id: "s1", user: "ann", role: .admin, createdAt: now, expiresAt: now + .seconds(60), address: "")
        identity.users["ann"] = user
        identity.sessions["s1"] = session
        return (identity, user, session)
    }

    @Test("a login by a password that was replaced meanwhile opens no session")
    func login() throws {
        var (identity, checked, _) = Self.identity()
        let new = StoredSession(
            id: "s2", user: "ann", role: .admin, createdAt: Self.now, expiresAt: Self.now + .seconds(60), address: "")
        _ = try identity.opening(new, of: checked, tokenExpiry: Self.now, signedBy: "k")
        identity = identity.applying(try identity.settingPassword(of: "ann", to: "new"))
        #expect(throws: CommandFailure.self) {
            try identity.opening(new, of: checked, tokenExpiry: Self.now, signedBy: "k")
        }
    }

    @Test("the own change of a password does not undo an admin's")
    func password() throws {
        var (identity, checked, _) = Self.identity()
        identity = identity.applying(try identity.settingPassword(of: "ann", to: "reset"))
        #expect(throws: CommandFailure.self) {
            try identity.settingPassword(of: "ann", to: "mine", ifStill: checked)
        }
        #expect(identity.users["ann"]?.passwordHash == "reset")
    }

    @Test("whose session ended, or has another role, changes nothing any more")
    func caller() throws {
        var (identity, _, session) = Self.identity()
        let principal = Principal(subject: "ann", roles: .admin, credential: .session("s1"))
        try identity.requireStanding(principal)
        session.role = .viewer
        identity.sessions["s1"] = session
        #expect(throws: CommandFailure.self) { try identity.requireStanding(principal) }
        identity.sessions["s1"] = nil
        #expect(throws: CommandFailure.self) { try identity.requireStanding(principal) }
        #expect(throws: CommandFailure.self) { try identity.requireStanding(nil) }
        #expect(throws: CommandFailure.self) {
            try identity.requireStanding(Principal(subject: "token:t", roles: .admin, credential: .token("t1")))
        }
    }

    @Test("refusals of one caller are bounded by the minute, and are its own")
    func refusals() {
        var budget = RefusalBudget()
        let taken = (0..<100).filter { _ in budget.take("node", of: .refused, at: Self.now) }
        #expect(taken.count == RefusalBudget.limit && budget.take("ann", of: .refused, at: Self.now))
        #expect(
            !budget.take("node", of: .refused, at: Self.now + .seconds(59))
                && budget.take("node", of: .refused, at: Self.now + .seconds(60)))
    }
}
