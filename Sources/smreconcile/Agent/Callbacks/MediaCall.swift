internal import APIServer
internal import Reconciler

/// What a media server asks or tells when a client comes or goes: one call of nginx-rtmp's notify module
/// (github.com/arut/nginx-rtmp-module/wiki/Directives#notify).
enum MediaCall: Equatable, Sendable {
    /// A client wants to play.
    case play(StreamKey)
    /// A client wants to publish.
    case publish(StreamKey)
    /// A publisher went.
    case unpublish(StreamKey)
    /// The node's own pull of a stream from another node begins or ends: nobody is to be asked.
    case ownPull
    /// Anything else: it only tells.
    case other

    /// Reads a form; throws for one that nginx-rtmp does not send.
    ///
    /// The first field of a name counts: nginx-rtmp writes its own first, and a client's arguments last.
    init(_ form: FormFields) throws(Problem) {
        let event = try form.required("call")
        guard ["play", "publish", "publish_done"].contains(event) else {
            self = .other
            return
        }
        // A client's connection always has an application: nobody can pretend to be the node itself.
        if event != "play", try (form.text("app") ?? "").isEmpty,
            try form.text("flashver")?.hasPrefix(Self.ownPullVersion) == true
        {
            self = .ownPull
            return
        }
        let stream = StreamKey(scope: try form.required("app"), name: try form.required("name"))
        guard StreamName.isValidScope(stream.scope), StreamName.isValid(stream.name) else {
            throw .badRequest(
                "'app' or 'name' is too long, or has control characters or an odd segment between slashes")
        }
        self =
            switch event {
            case "play": .play(stream)
            case "publish": .publish(stream)
            default: .unpublish(stream)
            }
    }

    /// What nginx-rtmp's own pulls call themselves.
    static let ownPullVersion = "ngx-local-relay"
}

/// What a media server is told: it goes on at 2xx, goes elsewhere at 3xx, and turns the client away at anything else.
struct MediaAnswer: Equatable, Sendable {
    /// An HTTP status.
    var status: Int
    /// Where to get the stream, with 3xx.
    var location: String?
    /// For people who ask by hand.
    var words: String

    /// Go on.
    static let allowed = MediaAnswer(status: 200, words: "ok")

    /// Get the stream there.
    static func redirect(_ location: String) -> MediaAnswer {
        MediaAnswer(status: 302, location: location, words: "the stream is at \(location)")
    }

    /// Turn the client away.
    static func refused(_ status: Int, _ words: String) -> MediaAnswer { MediaAnswer(status: status, words: words) }
}
