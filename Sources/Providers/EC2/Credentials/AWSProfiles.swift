internal import Foundation
internal import Reconciler

/// The sections of a file such as `~/.aws/credentials`.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct AWSProfileFile: Sendable, Equatable {
    /// Keys, in lower case, by profile name.
    private(set) var profiles: [String: [String: String]] = [:]

    /// Reads what is understood; other lines and sections are left alone, as Amazon's own programs do. In a `config` file profiles other
    /// than the default one are `[profile NAME]`.
    init(_ text: String, isConfig: Bool) {
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix(";") { continue }
            if trimmed.hasPrefix("[") {
                current = Self.profile(of: trimmed, isConfig: isConfig)
                if let current, profiles[current] == nil { profiles[current] = [:] }
                continue
            }
            // An indented line belongs to the nested block of the key above it.
            guard let current, line.first?.isWhitespace == false, let equals = trimmed.firstIndex(of: "=") else {
                continue
            }
            let key = trimmed[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
            let value = Self.withoutComment(String(trimmed[trimmed.index(after: equals)...]))
            profiles[current]?[key] = value.trimmingCharacters(in: .whitespaces)
        }
    }

    private static func profile(of header: String, isConfig: Bool) -> String? {
        guard let end = header.firstIndex(of: "]") else { return nil }
        let name = header[header.index(after: header.startIndex)..<end].trimmingCharacters(in: .whitespaces)
        guard isConfig, name != "default" else { return name }
        let words = name.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0] == "profile" else { return nil }
        return words[1].trimmingCharacters(in: .whitespaces)
    }

    private static func withoutComment(_ value: String) -> String {
        var end = value.endIndex
        for mark in [" #", " ;", "\t#", "\t;"] {
            if let range = value.range(of: mark) { end = min(end, range.lowerBound) }
        }
        return String(value[..<end])
    }
}

/// The credentials of a profile, from both files; those in `credentials` stand above those in `config`.
struct AWSProfiles: Sendable, Equatable {
    private var known: [String: [String: String]] = [:]
    /// Profiles with keys in `credentials`, and not in `config` alone.
    private var hasOwnKeys: Set<String> = []
    /// In words, for messages.
    private var places: String

    /// `files` are the contents of `credentials` and `config`, `places` says where these are.
    init(credentials: String, config: String, places: String) {
        known = AWSProfileFile(config, isConfig: true).profiles
        for (name, values) in AWSProfileFile(credentials, isConfig: false).profiles {
            known[name, default: [:]].merge(values) { _, own in own }
            if values["aws_access_key_id"] != nil { hasOwnKeys.insert(name) }
        }
        self.places = places
    }

    /// How a profile gets its credentials, where it is in a way that is not followed here.
    private static let otherWays = aboveKeys + ["credential_process"]

    /// Those of them that count before the keys of the same profile for the AWS CLI (botocore's order of providers): with its keys we
    /// would be somebody else than whom the profile means. `credential_process` counts after keys of the file `credentials`, and before
    /// those of `config`.
    private static let aboveKeys = [
        "role_arn", "web_identity_token_file", "sso_session", "sso_start_url", "credential_source",
    ]

    /// Nil: there is no such profile, or it has no credentials, and nobody asked for it by name.
    func credentials(of name: String, isWanted: Bool) throws(CredentialFailure) -> AWSCredentials? {
        guard let profile = known[name] else {
            guard isWanted else { return nil }
            throw CredentialFailure(
                message: Suggestion.noSuch("AWS profile", name, in: places, among: known.keys.sorted()))
        }
        let ways = hasOwnKeys.contains(name) ? Self.aboveKeys : Self.otherWays
        if let accessKey = filled(profile["aws_access_key_id"]), let secret = filled(profile["aws_secret_access_key"]) {
            if let way = ways.first(where: { filled(profile[$0]) != nil }) {
                throw CredentialFailure(
                    message:
                        "the AWS profile '\(name)' has keys and '\(way)', which the AWS CLI would follow in their place and which is not "
                        + "followed here; name a profile with keys alone, or put what 'aws configure export-credentials' prints into "
                        + "the environment")
            }
            return AWSCredentials(
                accessKey: accessKey, secretKey: secret, sessionToken: filled(profile["aws_session_token"]),
                source: "the AWS profile '\(name)'")
        }
        if let way = Self.otherWays.first(where: { filled(profile[$0]) != nil }) {
            throw CredentialFailure(
                message:
                    "the AWS profile '\(name)' has '\(way)', which is not followed here; give it keys, use the role of the "
                    + "instance, or put what 'aws configure export-credentials' prints into the environment")
        }
        guard isWanted || profile["aws_access_key_id"] != nil || profile["aws_secret_access_key"] != nil else {
            return nil
        }
        throw CredentialFailure(
            message: "the AWS profile '\(name)' in \(places) needs both 'aws_access_key_id' and 'aws_secret_access_key'"
        )
    }

    private func filled(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
}
