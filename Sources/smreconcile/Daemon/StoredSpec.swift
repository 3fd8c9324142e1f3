internal import Foundation
internal import Reconciler

/// The last good spec as the store keeps it: what a start goes by when the files are broken or the repository is out of reach.
struct StoredSpec: Codable, Sendable {
    /// A file, or what was one.
    struct File: Codable, Sendable {
        var name: String
        var text: String
    }

    /// The repository that is followed, so that another one's history is not compared with it.
    struct Followed: Codable, Sendable, Equatable {
        var url: String
        var ref: String
    }

    private static let key = "last-good-spec"
    private static let seenKey = "git-seen"

    var files: [File]
    /// Nil for a spec that is in no repository.
    var origin: SpecOrigin?
    var followed: Followed?

    /// What is to be kept of these sources.
    init(_ sources: [SpecSource], origin: SpecOrigin? = nil, followed: Followed? = nil) {
        files = sources.map { File(name: $0.name, text: String(decoding: $0.bytes, as: UTF8.self)) }
        self.origin = origin
        self.followed = followed
    }

    /// The sources again.
    var sources: [SpecSource] { files.map { SpecSource(name: $0.name, text: $0.text) } }

    /// That of the store; nil when there is none.
    static func load(from store: any Store) async throws(StoreFailure) -> StoredSpec? {
        guard let data = try await store.value(key) else { return nil }
        if let spec = try? JSONDecoder().decode(StoredSpec.self, from: data) { return spec }
        // As it was written before there were repositories.
        return (try? JSONDecoder().decode([File].self, from: data)).map { files in
            var spec = StoredSpec([])
            spec.files = files
            return spec
        }
    }

    /// Keeps it in the place of the one before.
    func save(to store: any Store) async throws {
        try await store.setValue(try JSONEncoder().encode(self), for: Self.key)
    }

    /// The commit that a branch was last seen at, good or not.
    struct Seen: Codable, Sendable {
        var followed: Followed
        var commit: GitCommit

        /// That of this branch; nil when there is none.
        static func load(of followed: Followed, from store: any Store) async throws(StoreFailure) -> GitCommit? {
            guard let data = try await store.value(seenKey),
                let seen = try? JSONDecoder().decode(Seen.self, from: data),
                seen.followed == followed
            else { return nil }
            return seen.commit
        }

        /// Keeps it in the place of the one before.
        func save(to store: any Store) async throws {
            try await store.setValue(try JSONEncoder().encode(self), for: seenKey)
        }
    }
}
