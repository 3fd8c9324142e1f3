internal import Foundation
internal import FoundationXML
internal import Reconciler

extension MediaStatistics {
    /// Reads the XML of nginx-rtmp's `rtmp_stat`.
    ///
    /// How its clients are told apart, as nginx-rtmp 1.1.4 and 1.2.2 show them:
    /// - one with `<publishing/>` sends the stream. It is a relay, and the stream pulled from elsewhere, when its
    ///   `flashver` is `ngx-local-relay`; its address is then `host:port/application/name`.
    /// - any other plays it. It is another node that pulls, when its `flashver` is that of nginx-rtmp's own player,
    ///   `LNX.11,1,102,55`; people's players say something else (ffmpeg: `LNX 9,0,124,2`).
    /// - a stream that nobody sends stays listed while somebody waits for it: it is not live.
    init(nginxRTMP xml: Data) throws(StatisticsFailure) {
        let reader = NginxStatisticsReader()
        let parser = XMLParser(data: xml)
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        let isParsed = parser.parse()
        // The parser takes a document that breaks off for a whole one.
        guard isParsed, reader.isComplete else {
            let line = parser.lineNumber
            throw StatisticsFailure(
                description: "the statistics are not the XML of nginx-rtmp's rtmp_stat (line \(line) of the answer)")
        }
        for stream in reader.streams { add(stream) }
        applications = Set(reader.streams.map(\.application)).sorted()
        // Bits per second there, as ten-second averages; kilobits as everywhere else here.
        if let value = reader.bandwidthIn { metrics["network.ingress"] = value / 1000 }
        if let value = reader.bandwidthOut { metrics["network.egress"] = value / 1000 }
    }

    private mutating func add(_ stream: NginxStatisticsReader.Stream) {
        let players = stream.clients.filter { !$0.isPublishing }
        let nodes = players.count { $0.flashVersion.hasPrefix("LNX.11,1,102,55") || $0.isLocalRelay }
        connections += stream.clients.count
        viewers += players.count - nodes
        children += nodes
        guard let publisher = stream.clients.first(where: \.isPublishing) else { return }
        if !publisher.isLocalRelay { publishers += 1 }
        let role: StreamReport.Role = publisher.isLocalRelay ? (nodes > 0 ? .relay : .edge) : .source
        streams.append(
            StreamReport(
                scope: stream.application, name: stream.name, role: role, subscribers: players.count - nodes))
    }
}

/// Collects the streams and their clients while the XML is parsed.
final class NginxStatisticsReader: NSObject, XMLParserDelegate {
    /// A connection to a stream.
    struct Client: Equatable {
        var flashVersion = ""
        var isPublishing = false
        var isLocalRelay: Bool { flashVersion.hasPrefix("ngx-local-relay") }
    }

    /// A stream of an application, live or waited for.
    struct Stream: Equatable {
        var application: String
        var name = ""
        var clients: [Client] = []
    }

    /// The document was nginx-rtmp's, and came to its end.
    private(set) var isComplete = false
    private(set) var streams: [Stream] = []
    private(set) var bandwidthIn: Double?
    private(set) var bandwidthOut: Double?
    private var path: [String] = []
    private var text = ""
    private var application = ""
    private var stream: Stream?
    private var client: Client?

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        path.append(element)
        text = ""
        switch (element, path.dropLast().last) {
        case ("stream", "live"): stream = Stream(application: application)
        case ("client", "stream"): client = Client()
        case ("publishing", "client"): client?.isPublishing = true
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

    func parser(
        _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
    ) {
        path.removeLast()
        if path.isEmpty { isComplete = element == "rtmp" }
        switch (element, path.last) {
        case ("name", "application"): application = text
        case ("name", "stream"): stream?.name = text
        case ("flashver", "client"): client?.flashVersion = text
        case ("bw_in", "rtmp"): bandwidthIn = Double(text)
        case ("bw_out", "rtmp"): bandwidthOut = Double(text)
        case ("client", "stream"):
            if let client { stream?.clients.append(client) }
            client = nil
        case ("stream", "live"):
            if let stream { streams.append(stream) }
            stream = nil
        default: break
        }
        text = ""
    }
}
