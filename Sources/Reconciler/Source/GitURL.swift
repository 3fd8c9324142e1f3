/// The address of a git repository: an https, http, ssh or file URL, ssh's short form `user@host:path`, or a path.
///
/// Git's own notion is wider, and dangerous in the hands of strangers: `ext::` and its like start programs, and what begins with `-`
/// is an option. Only what is listed here gets as far as git.
package struct GitURL: Sendable, Equatable, CustomStringConvertible {
    /// How the repository is reached; the name is the one that git knows it by (`protocol.allow` in git-config(1)).
    package enum Transport: String, Sendable, Equatable {
        case https, http, ssh, file
    }

    /// Why a text is no such address: what was found and what to do about it, lower case first.
    package struct Refusal: Error, Sendable, Equatable {
        /// In words.
        package var message: String

        /// A refusal in these words.
        package init(message: String) { self.message = message }
    }

    /// As git is given it. It holds no password.
    package let text: String
    /// How it is reached.
    package let transport: Transport
    /// The user in it; nil: none.
    package let user: String?
    /// `host` or `host:port`; empty for a file.
    package let host: String
    /// Of a file: its absolute path.
    package let path: String

    package var description: String { text }

    /// The base of the URL, which a password is for: `https://git.example.org:8443`.
    package var site: String { "\(transport.rawValue)://\(host)" }

    /// Whether what is said to it can be read on the way by others than this machine.
    package var isReadableOnTheWay: Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return transport == .http && !["localhost", "::1"].contains(name) && !name.hasPrefix("127.")
    }

    /// Reads an address; a relative path, which begins with a dot, is seen from `directory`.
    package init(_ given: String, directory: String) throws(Refusal) {
        func refuse(_ message: String) -> Refusal {
            Refusal(message: "the repository '\(PlainText.line(given, limit: 200))' \(message)")
        }
        guard !given.isEmpty else { throw Refusal(message: "the repository's URL is empty") }
        guard
            given.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f && !(0x80...0x9f).contains($0.value) }
            )
        else { throw refuse("has a space or a control character in it; a space is written %20") }
        if given.hasPrefix("-") { throw refuse("begins with '-'") }
        if given == "." || given.hasPrefix("./") || given.hasPrefix("../") || given == ".." || given.hasPrefix("/") {
            let own = given == "." ? "" : given.hasPrefix("./") ? String(given.dropFirst(2)) : given
            let full = given.hasPrefix("/") ? given : own.isEmpty ? directory : "\(directory)/\(own)"
            (text, transport, user, host, path) = ("file://\(full)", .file, nil, "", full)
            return
        }
        if let mark = given.firstRange(of: "::"), !given[..<mark.lowerBound].contains("/"), !given.contains("[") {
            throw refuse("names a helper program; https, http, ssh and file URLs are followed")
        }
        guard let mark = given.firstRange(of: "://") else {
            // ssh's short form, as in git-clone(1): a colon before the first slash.
            guard let colon = given.firstIndex(of: ":"), !given[..<colon].contains("/") else {
                throw refuse("is neither a URL nor a path; a relative path begins with './'")
            }
            let parts = try Self.authority(given[..<colon], refuse)
            let rest = given[given.index(after: colon)...]
            guard !rest.isEmpty, !rest.hasPrefix("-") else { throw refuse("has no path after the colon") }
            (text, transport, path) = (given, .ssh, String(rest))
            (user, host) = (parts.user, parts.host)
            return
        }
        let scheme = given[..<mark.lowerBound].lowercased()
        guard let kind = Transport(rawValue: scheme) else {
            throw refuse("is of the kind '\(scheme)'; https, http, ssh and file URLs are followed")
        }
        let rest = given[mark.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let place = String(rest[slash...])
        guard place.count > 1 else { throw refuse("has no path") }
        if kind == .file {
            guard slash == rest.startIndex || rest[..<slash] == "localhost" else {
                throw refuse("names a host; a file URL is 'file:///' and an absolute path")
            }
            (text, user, host) = ("file://\(place)", nil, "")
        } else {
            if place.contains("?") || place.contains("#") {
                throw refuse("has a query; what stands there is seen by everyone on this machine")
            }
            let parts = try Self.authority(rest[..<slash], refuse)
            (text, user, host) = ("\(scheme)://\(rest)", parts.user, parts.host)
        }
        transport = kind
        path = kind == .file ? place : ""
    }

    /// The user and the host of `user@host:port`. Neither may look like an option to ssh.
    private static func authority(
        _ text: Substring, _ refuse: (String) -> Refusal
    ) throws(Refusal) -> (user: String?, host: String) {
        let at = text.lastIndex(of: "@")
        let host = at.map { text[text.index(after: $0)...] } ?? text
        let user = at.map { text[..<$0] }
        if user?.contains(":") == true {
            // The refusal shows what was given: not this.
            throw Refusal(
                message:
                    "the repository's URL has a password in it, which everyone on this machine could see; put it into a file, and "
                    + "name that with --git-token-file")
        }
        guard !host.isEmpty, !host.hasPrefix("-"), !host.hasPrefix(":") else { throw refuse("has no host") }
        if let user, user.isEmpty || user.hasPrefix("-") { throw refuse("has no sound user name") }
        return (user.map(String.init), host.lowercased())
    }
}
