internal import Reconciler

/// The publishers of the trace's streams: the first under the stream's own name, which the viewers watch, the others as `name-2`
/// and so on.
struct Broadcast {
    private struct Publisher {
        var key: StreamKey
        var machine: Int?
        /// Counted as one who came, and as refused.
        var isCounted = false
        var isRefused = false
    }

    private struct Channel {
        var stream: StreamKey
        /// The crowds of the trace that are about it.
        var crowds: [Int]
        var publishers: [Publisher] = []
    }

    private var channels: [Channel]
    private(set) var arrived = 0
    private(set) var refused = 0
    /// How many are on the air, all streams together.
    private(set) var connected = 0

    init(_ audience: Audience) {
        channels = []
        for (index, crowd) in audience.crowds.enumerated() {
            if channels.last?.stream == crowd.stream {
                channels[channels.count - 1].crowds.append(index)
            } else {
                channels.append(Channel(stream: crowd.stream, crowds: [index]))
            }
        }
    }

    /// Publishers come and go as the trace says.
    mutating func move(
        _ audience: Audience, in estate: inout Estate, asking live: LiveState, at now: Timestamp,
        using random: inout SeededRandom
    ) {
        arrived = 0
        refused = 0
        connected = 0
        for index in channels.indices {
            adjust(&channels[index], audience, &estate, live)
            for place in channels[index].publishers.indices {
                if channels[index].publishers[place].machine == nil {
                    let region = Self.region(of: place, channels[index], audience)
                    let asked = channels[index].publishers[place]
                    channels[index].publishers[place] = ask(asked, region, &estate, live, now, &random)
                }
                if channels[index].publishers[place].machine != nil { connected += 1 }
            }
        }
    }

    private func adjust(_ channel: inout Channel, _ audience: Audience, _ estate: inout Estate, _ live: LiveState) {
        let crowds = channel.crowds.map { audience.crowds[$0] }
        let isTold = crowds.contains { $0.publishers != nil }
        let wanted =
            isTold
            ? crowds.reduce(0) { $0 + ($1.publishers ?? 0) } : crowds.contains { $0.wanted > 0 } ? 1 : 0
        while channel.publishers.count > wanted, let last = channel.publishers.popLast() {
            guard let machine = last.machine else { continue }
            estate.removeSource(last.key, from: machine)
            live.unpublished(last.key, on: estate.machines[machine].id)
        }
        while channel.publishers.count < wanted {
            let number = channel.publishers.count + 1
            let name = number == 1 ? channel.stream.name : "\(channel.stream.name)-\(number)"
            channel.publishers.append(Publisher(key: StreamKey(scope: channel.stream.scope, name: name)))
        }
    }

    /// Where the publisher with this number is, as the trace spreads them now.
    private static func region(of place: Int, _ channel: Channel, _ audience: Audience) -> String? {
        var before = 0
        for index in channel.crowds {
            before += audience.crowds[index].publishers ?? 0
            if place < before { return audience.crowds[index].region }
        }
        return channel.crowds.lazy.compactMap { audience.crowds[$0].region }.first
    }

    private mutating func ask(
        _ asked: Publisher, _ region: String?, _ estate: inout Estate, _ live: LiveState, _ now: Timestamp,
        _ random: inout SeededRandom
    ) -> Publisher {
        var publisher = asked
        if !publisher.isCounted { arrived += 1 }
        publisher.isCounted = true
        let query = RouteQuery(stream: publisher.key, action: .publish, regions: region.map { [$0] } ?? [])
        guard case .node(let candidate) = live.route(query, at: now, using: &random) else {
            if !publisher.isRefused { refused += 1 }
            publisher.isRefused = true
            return publisher
        }
        guard let machine = estate.machine(of: candidate.node),
            live.published(publisher.key, on: candidate.node, at: now)
        else { return publisher }
        publisher.machine = machine
        estate.addSource(publisher.key, to: machine)
        return publisher
    }

    /// Every publisher on these machines is without one.
    mutating func drop(_ gone: [Int], in estate: Estate) {
        guard gone.contains(where: { !estate.machines[$0].sources.isEmpty }) else { return }
        let gone = Set(gone)
        for index in channels.indices {
            for place in channels[index].publishers.indices {
                if let machine = channels[index].publishers[place].machine, gone.contains(machine) {
                    channels[index].publishers[place].machine = nil
                }
            }
        }
    }
}
