internal import Crypto
internal import Foundation
package import Reconciler
internal import Synchronization

/// A key of the store, ready to sign and to verify.
struct SigningKey: Sendable {
    /// As it is stored.
    let stored: StoredKey
    /// The key itself.
    let key: RSAPrivateKey
}

/// Who may use the API, as of one version of the store.
final class IdentitySnapshot: Sendable {
    /// Users, sessions, tokens and keys.
    let identity: StoredIdentity
    /// By `kid`.
    let keys: [String: SigningKey]

    /// Reads the keys; those that `former` has are not read again. Throws for one that does not read.
    init(_ identity: StoredIdentity, after former: IdentitySnapshot?) throws(CryptoFailure) {
        self.identity = identity
        var keys: [String: SigningKey] = [:]
        for (id, stored) in identity.keys {
            if let known = former?.keys[id]?.key {
                keys[id] = SigningKey(stored: stored, key: known)
            } else {
                keys[id] = SigningKey(stored: stored, key: try RSAPrivateKey(pem: stored.pem))
            }
        }
        self.keys = keys
    }
}

/// Holds who may use the API: in memory for every request, in the store for good.
///
/// A change is decided on a snapshot and committed on its version; where another manager was faster, it is decided again. So two
/// managers never use one refresh token twice, and the last admin cannot go in two steps at once. What others change is seen within
/// ``interval``; while the store is away, what was known last stays in force.
package final class IdentityBook: Sendable {
    /// How often the store is asked for news.
    package static let interval: Duration = .seconds(2)
    /// A change that others overtake so often is given up.
    private static let maximumAttempts = 64

    private let store: any IdentityStore
    private let current: Locked<IdentitySnapshot>
    private let version: Atomic<Int64>

    private init(store: any IdentityStore, _ snapshot: IdentitySnapshot) {
        self.store = store
        current = Locked(snapshot)
        version = Atomic(snapshot.identity.version)
    }

    /// The book of a store; the first start makes the keys that sign.
    ///
    /// An earlier version had one key, for users and nodes alike. It becomes the nodes' key, so that living nodes go on;
    /// users log in again.
    package static func open(
        _ store: any IdentityStore, values: any Store, time: any TimeSource
    ) async throws -> IdentityBook {
        let book = IdentityBook(store: store, try IdentitySnapshot(try await store.identity(), after: nil))
        let single = try await values.value(singleKey).flatMap { $0.isEmpty ? nil : $0 }
        let known = Set(book.snapshot.identity.keys.values.map(\.use))
        for use in StoredKey.Use.allCases where !known.contains(use) {
            let key: RSAPrivateKey
            if use == .node, let single {
                key = try RSAPrivateKey(pem: String(decoding: single, as: UTF8.self))
            } else {
                key = try RSAPrivateKey.generate()
            }
            let made = KeyRotation.stored(key, use, at: time.now(), signsFrom: time.now())
            try await book.change { identity throws(CommandFailure) in
                // Another manager's first start may have been faster.
                identity.keys.values.contains { $0.use == use } ? IdentityChange() : KeyRotation.adding(made)
            }
        }
        if single != nil { try await values.setValue(Data(), for: singleKey) }
        return book
    }

    private static let singleKey = "signing-key"

    /// All of it, as it is now.
    var snapshot: IdentitySnapshot { current.current }

    /// The names of all users, sorted.
    package var userNames: [String] { snapshot.identity.users.keys.sorted() }

    /// The version of ``snapshot``, for a reader who has seen one: as cheap as can be.
    var currentVersion: Int64 { version.load(ordering: .acquiring) }

    /// Asks the store for news, and takes them in.
    package func refresh() async throws(StoreFailure) {
        guard try await store.identityVersion() != currentVersion else { return }
        try adopt(try await store.identity())
    }

    /// Takes in what the store has, unless something newer is here already.
    func adopt(_ identity: StoredIdentity) throws(StoreFailure) {
        do throws(CryptoFailure) {
            let former = snapshot
            let next = try IdentitySnapshot(identity, after: former)
            current.with { current in
                guard current.identity.version < identity.version else { return }
                current = next
                version.store(identity.version, ordering: .releasing)
            }
        } catch {
            throw .failed("a signing key in the store does not read: \(error.message)")
        }
    }

    /// Makes a change for good. `decide` is pure and may be called several times; what it throws is thrown, and nothing changes.
    package func change(
        _ decide: (StoredIdentity) throws(CommandFailure) -> IdentityChange
    ) async throws(CommandFailure) {
        for _ in 0..<Self.maximumAttempts {
            let identity = snapshot.identity
            let change = try decide(identity)
            if change.isEmpty { return }
            do throws(StoreFailure) {
                if try await store.commit(change, at: identity.version) {
                    return try adopt(identity.applying(change))
                }
                // Overtaken: by a call of this process, which then is here already, or by another manager.
                if currentVersion == identity.version { try adopt(try await store.identity()) }
            } catch {
                throw .unavailable("the store did not take the change: \(error.message)")
            }
        }
        throw .unavailable("others changed users and sessions all the time; try again")
    }
}
