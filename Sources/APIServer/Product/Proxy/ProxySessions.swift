internal import Crypto
internal import Foundation
internal import Reconciler

/// Names the sessions of media nodes in URLs of ours: the node and its own path, signed, so that nobody asks a node for a path that it did
/// not give out. A word is good for the caller whom it was made for, and as long as the same machine has the node's id: both are signed,
/// and neither can be read from it. Any manager on the same store reads them; nothing is remembered.
///
///     word = base64url( signature[16] caller[8] kind LF node LF path )
///     caller = HMAC(key, "caller" LF who)
///     signature = HMAC(key, "session" LF caller kind LF node LF path LF machine)
actor ProxySessions {
    private static let storeKey = "proxy-key"
    /// Bytes of HMAC-SHA-256 that are kept: 128 bits.
    private static let signatureLength = 16
    /// Bytes that stand for the caller: who wants to be taken for another one needs a name that gives the same 64 bits under a key that is
    /// not known.
    private static let callerLength = 8

    private let store: any Store
    private var reading: Task<Result<[UInt8], StoreFailure>, Never>?

    /// Signs with a key that is kept in `store`, made when the first session needs it.
    init(_ store: any Store) { self.store = store }

    /// One session on one node.
    struct Session: Equatable {
        var kind: ProxyTarget.Kind
        var node: NodeID
        /// See ``ProxyTarget/machine(of:in:)``.
        var machine: String
        /// Path and query on the node.
        var path: String
    }

    /// A word for a URL. `caller` is the subject of who made the session; nil: nobody, where streams are open.
    func word(for session: Session, of caller: String?) async throws(Problem) -> String {
        let key = try await signingKey()
        let payload =
            Self.mark(of: caller, key) + Array("\(session.kind.rawValue)\n\(session.node)\n\(session.path)".utf8)
        return Base64URL.encode(Self.signature(of: payload, session.machine, key) + payload)
    }

    /// The session of a word; 404 for one that we did not make, that another caller has, or whose machine is not there any more: which of
    /// these it is, is not told.
    /// - Parameters:
    ///   - caller: Whose session it has to be; see ``word(for:of:)``.
    ///   - isAnyones: It may be another caller's.
    ///   - machine: The machine that has a node's id now; nil: none.
    func session(
        _ word: String, of caller: String?, isAnyones: Bool = false,
        machine: @Sendable (NodeID) -> String?
    ) async throws(Problem) -> Session {
        let key = try await signingKey()
        guard let bytes = Base64URL.decode(word.utf8), bytes.count > Self.signatureLength + Self.callerLength else {
            throw Self.unknown
        }
        let payload = Array(bytes.dropFirst(Self.signatureLength))
        let parts = String(decoding: payload.dropFirst(Self.callerLength), as: UTF8.self).split(
            separator: "\n", maxSplits: 2)
        guard parts.count == 3, let kind = ProxyTarget.Kind(rawValue: String(parts[0])) else { throw Self.unknown }
        let node = NodeID(String(parts[1]))
        guard let present = machine(node),
            constantTimeEquals(
                Array(bytes.prefix(Self.signatureLength)), Self.signature(of: payload, present, key)),
            isAnyones || constantTimeEquals(Array(payload.prefix(Self.callerLength)), Self.mark(of: caller, key))
        else { throw Self.unknown }
        return Session(kind: kind, node: node, machine: present, path: String(parts[2]))
    }

    private static let unknown = Problem.notFound(
        "the session is not known, or not yours; the Location of the answer to POST names it")

    /// `payload` begins with a mark of fixed length, and no path has a line break: no two sessions give the same text.
    private static func signature(of payload: [UInt8], _ machine: String, _ key: [UInt8]) -> [UInt8] {
        let message = Array("session\n".utf8) + payload + Array("\n\(machine)".utf8)
        return Array(Digest.hmacSHA256(key: key, message: message).prefix(signatureLength))
    }

    /// Nobody is not the one whose name is empty.
    private static func mark(of caller: String?, _ key: [UInt8]) -> [UInt8] {
        let who = caller.map { "+" + $0 } ?? "-"
        let message = Array("caller\n\(who)".utf8)
        return Array(Digest.hmacSHA256(key: key, message: message).prefix(callerLength))
    }

    /// One look for all who ask at the same moment; one that failed is not kept.
    private func signingKey() async throws(Problem) -> [UInt8] {
        let task = reading ?? Task(name: "key of sessions") { [store] in await Self.key(in: store) }
        reading = task
        do throws(StoreFailure) {
            return try await task.value.get()
        } catch {
            if reading == task { reading = nil }
            throw .unavailable("the key of sessions cannot be read: \(error.message)", retryAfter: .seconds(5))
        }
    }

    /// The key of the store. Of two managers that make one at the same moment the first to store it has made it for both.
    private static func key(in store: any Store) async -> Result<[UInt8], StoreFailure> {
        do throws(StoreFailure) {
            if let kept = try await store.value(storeKey) { return .success([UInt8](kept)) }
            return .success([UInt8](try await store.value(storeKey, orFirst: Data(SecureRandom.bytes(32)))))
        } catch {
            return .failure(error)
        }
    }
}
