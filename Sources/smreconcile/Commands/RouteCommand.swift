internal import APIServer
internal import Foundation
internal import Reconciler

/// `smreconcile route`: where a publisher or a viewer would be sent, and why. It counts nobody.
enum RouteCommand: Command {
    static let name = "route"
    static let summary =
        "says where a publisher or a viewer is sent, and why: regions, candidates, what excludes others"
    static let usage =
        "--stream SCOPE/NAME --action publish|subscribe [--region LIST [--strict]] [--lat N --lon N] [-f PATH [--state FILE]] [--server URL] [-o text|json]"
    static let options: [Option] = [
        .value("stream", nil, "SCOPE/NAME", "the stream, such as live/match-1"),
        .value("action", nil, "ACTION", "publish or subscribe", of: .words(["publish", "subscribe"])),
        .value("protocol", nil, "PROTOCOL", "nodes that speak this one alone"),
        .value("region", nil, "LIST", "regions or zones that the client wants, comma-separated, the most wanted first"),
        .flag("strict", nil, "no region but those"),
        .value("lat", nil, "DEGREES", "the client's latitude; goes with --lon"),
        .value("lon", nil, "DEGREES", "the client's longitude"),
        .value("endpoints", nil, "N", "so many nodes, the best first"),
        .value("capabilities", nil, "LIST", "what the nodes' role must be capable of besides, comma-separated"),
        .flag("transcode", nil, "publish to a node that transcodes, and name the origin that gets the results"),
        .list("file", "f", "PATH", "what this spec would decide, in place of what a manager decides; may be repeated"),
        .value("state", nil, "FILE", "with -f: for the nodes of the State document in FILE; '-' reads standard input"),
        server, .data,
        .value("now", nil, "TIME", "with -f: the time to decide at (default: the State's, or now)"),
        .value("live", nil, "NODE", "with -f: as if the stream were published on NODE"),
        .value("seed", nil, "N", "of the draw (default: 1; a manager's: any)"),
        .value("repeat", nil, "N", "with -f: asks N times, counts each answer, and tells who got how many"),
        .json,
    ]
    /// None is good, and the answer to one says what is.
    static let words: [ValueKind] = [.free]

    private static let server = Option.value(
        "server", nil, "URL",
        "the manager's address (default: SMRECONCILE_SERVER, or that of 'login'; with -f: none, but the data directory)"
    )
    /// Questions of one `--repeat`.
    static let repeatLimit = 10_000_000

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let format = try OutputFormat.of(arguments, allowed: [.text, .json])
        guard arguments.positional.isEmpty, arguments.rest.isEmpty else {
            throw UsageError(
                "'\((arguments.positional + arguments.rest)[0])' is no option; name the stream with --stream")
        }
        let query = try RouteQuery(arguments)
        let seed = try arguments.whole("seed", in: 0...Int(RouteExplanation.seedLimit - 1)).map { UInt64($0) }
        let count = try arguments.whole("repeat", in: 1...repeatLimit)
        let paths = arguments.list("file")
        if paths.isEmpty {
            for option in ["state", "data", "now", "live", "repeat"] where arguments.value(option) != nil {
                throw UsageError("--\(option) needs a spec: name it with -f")
            }
            let path = "\(query.explainPath)\(seed.map { "&seed=\($0)" } ?? "")"
            let data = try await ServerClient(arguments, console).get(path)
            let explanation = try ServerClient.decode(RouteExplanation.self, from: data)
            try show(explanation, format, console)
            return ExitCode.done
        }
        let input = try await PlanInput.read(paths, arguments, console)
        var fleet = input.fleet
        _ = fleet.judge(spec: input.spec, now: input.now)
        let router = Router(rehearsing: input.spec, fleet: fleet, at: input.now)
        if let node = arguments.value("live") {
            guard router.view.nodes[NodeID(node)] != nil else {
                throw CommandError(
                    Suggestion.noSuch("node", node, among: router.view.nodes.keys.map(\.rawValue).sorted()))
            }
            router.streams.markLive(query.stream, on: NodeID(node), at: input.now)
        }
        if let count {
            let trial = RouteTrial.run(query, times: count, router: router, at: input.now, seed: seed ?? 1)
            format == .json ? console.print(try json(trial)) : console.write(RouteTrialText.render(trial, query))
            return ExitCode.done
        }
        let explanation = RouteExplanation.make(
            query, router: router, spec: input.spec, fleet: fleet, judgedAt: input.now, at: input.now,
            seed: seed ?? 1)
        try show(explanation, format, console)
        return ExitCode.done
    }

    private static func show(_ explanation: RouteExplanation, _ format: OutputFormat, _ console: Console) throws {
        format == .json
            ? console.print(try json(explanation)) : console.write(RouteText.render(explanation, console))
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension RouteQuery {
    /// What the options ask.
    fileprivate init(_ arguments: Arguments) throws(UsageError) {
        guard let name = arguments.value("stream") else { throw UsageError("name the stream with --stream SCOPE/NAME") }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, StreamName.isValidScope(parts[0]), StreamName.isValid(parts[1]) else {
            throw UsageError("--stream '\(name)' is no SCOPE/NAME such as live/match-1")
        }
        guard let word = arguments.value("action") else {
            throw UsageError("say with --action whether to publish or to subscribe")
        }
        guard let action = StreamAction(rawValue: word) else {
            throw UsageError("--action '\(word)' is neither publish nor subscribe")
        }
        self.init(stream: StreamKey(scope: parts[0], name: parts[1]), action: action)
        self.protocol = arguments.value("protocol")
        regions = (arguments.value("region") ?? "").split(separator: ",").map(String.init)
        strict = arguments.has("strict")
        if strict, regions.isEmpty { throw UsageError("--strict needs --region: it allows no other") }
        let (latitude, longitude) = (try arguments.degrees("lat", 90), try arguments.degrees("lon", 180))
        switch (latitude, longitude) {
        case (nil, nil): break
        case (let latitude?, let longitude?): place = GeoPoint(latitude: latitude, longitude: longitude)
        default: throw UsageError("--lat and --lon go together; only one of them is there")
        }
        for name in (arguments.value("capabilities") ?? "").split(separator: ",") {
            guard let capability = Capability(rawValue: name.lowercased()) else {
                throw UsageError(
                    "--capabilities: "
                        + Suggestion.noSuch("capability", String(name), among: Capability.allCases.map(\.rawValue)))
            }
            capabilities.insert(capability)
        }
        endpoints = try arguments.whole("endpoints", in: 1...100) ?? 1
        transcode = arguments.has("transcode")
        if transcode, action == .subscribe { throw UsageError("--transcode is for publishers") }
        if transcode, endpoints > 1 { throw UsageError("--endpoints and --transcode do not go together") }
    }

    /// Where a manager answers it with its reasons.
    fileprivate var explainPath: String {
        var path =
            "/as/v1/streams/\(ServerClient.escaped(stream.scope))/\(ServerClient.escaped(stream.name))/route/explain"
        path += "?action=\(action.rawValue)"
        if let wanted = self.protocol { path += "&protocol=\(ServerClient.escaped(wanted))" }
        if !regions.isEmpty { path += "&region=\(regions.map(ServerClient.escaped).joined(separator: ","))" }
        if strict { path += "&strict=true" }
        if !capabilities.isEmpty {
            path += "&capabilities=\(capabilities.map(\.rawValue).sorted().joined(separator: ","))"
        }
        if transcode { path += "&transcode=true" }
        if endpoints > 1 { path += "&endpoints=\(endpoints)" }
        if let place { path += "&lat=\(place.latitude)&lon=\(place.longitude)" }
        return path
    }
}

extension Arguments {
    /// A whole number; nil when it is not given.
    fileprivate func whole(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(name) '\(text)' is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    fileprivate func degrees(_ name: String, _ limit: Double) throws(UsageError) -> Double? {
        guard let text = value(name) else { return nil }
        guard let number = Double(text), number.isFinite, abs(number) <= limit else {
            throw UsageError("--\(name) '\(text)' is no number from -\(limit.short) to \(limit.short)")
        }
        return number
    }
}
