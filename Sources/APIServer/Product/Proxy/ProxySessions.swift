internal import Crypto
internal import Foundation
internal import Reconciler

/// Names the sessions of media nodes in URLs of ours: the node and its own path, signed, so that nobody asks a node for a path that it did
/// not give out. Any manager on the same store reads them; nothing is remembered.
actor ProxySessions {
    private static let storeKey = "proxy-key"
    /// Bytes of HMAC-SHA-256 that are kept: 128 bits.
    private static let signatureLength = 16

    private let store: any Store
    private var reading: Task<Result<[UInt8], StoreFailure>, Never>?

    /// Signs with a key that is kept in `store`, made when the first session needs it.
    init(_ store: any Store) { self.store = store }

    /// One session on one node.
    struct Session: Equatable {
        var kind: ProxyTarget.Kind
        var node: NodeID
        /// Path and query on the node.
        var path: String
    }

    /// A word for a URL.
    func word(for session: Session) async throws(Problem) -> String {
        let payload = Array("\(session.kind.rawValue)\n\(session.node)\n\(session.path)".utf8)
        return Base64URL.encode(try await signature(of: payload) + payload)
    }

    /// The session of a word; 404 for one that we did not make.
    func session(_ word: String) async throws(Problem) -> Session {
        guard let bytes = Base64URL.decode(word.utf8), bytes.count > Self.signatureLength else { throw Self.unknown }
        let payload = Array(bytes.dropFirst(Self.signatureLength))
        guard constantTimeEquals(Array(bytes.prefix(Self.signatureLength)), try await signature(of: payload)) else {
            throw Self.unknown
        }
        let parts = String(decoding: payload, as: UTF8.self).split(separator: "\n", maxSplits: 2)
        guard parts.count == 3, let kind = ProxyTarget.Kind(rawValue: String(parts[0])) else { throw Self.unknown }
        return Session(kind: kind, node: NodeID(String(parts[1])), path: String(parts[2]))
    }

    private static let unknown = Problem.notFound(
        "there is no such session; the Location of the answer to POST names it")

    private func signature(of payload: [UInt8]) async throws(Problem) -> [UInt8] {
        Array(Digest.hmacSHA256(key: try await signingKey(), message: payload).prefix(Self.signatureLength))
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
