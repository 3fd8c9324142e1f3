internal import Foundation
internal import Reconciler

/// What the agent decides, without I/O: readings and answers in, a heartbeat and effects out.
///
///     each interval:  read ──failed──▶ say `ready: false` until the manager has heard it, then nothing
///                       └──▶ send heartbeat ──▶ answer: serve, drain ──▶ go on
///                                                       evict ──▶ drop clients, again each time while there are any
///                                                       stop ───▶ end the media server and the agent
///
/// A node that cannot serve must not look alive: without statistics it withdraws, so that nobody is sent there any more,
/// and is silent from then on, so that it becomes a fault in time. A manager that is away changes nothing for the clients:
/// the agent only keeps trying.
struct AgentCore: Sendable {
    /// What came of one heartbeat.
    enum Reply: Equatable, Sendable {
        case answer(HeartbeatAnswer)
        /// Another status than 2xx, with the manager's words.
        case refused(status: Int, String)
        /// No answer, with the reason.
        case silence(String)
    }

    /// What the shell is to do.
    enum Effect: Equatable, Sendable {
        /// One line for standard error.
        case say(String)
        /// Drop every client of these applications.
        case dropClients(applications: [String])
        /// End the media server, then the agent, with exit code 0.
        case stop
    }

    /// Between heartbeats to a manager that does not know the node: doubled from the first to the last.
    static let refusalDelays: ClosedRange<Duration> = .seconds(1) ... .seconds(30)
    /// The manager may ask for any interval within this; a mistake must not flood or silence anything.
    static let intervals: ClosedRange<Duration> = .milliseconds(100) ... .seconds(60)
    /// A media server that was just started may be silent for so many readings before that is worth a line.
    static let quietReadings = 20
    /// Between readings while the media server comes up.
    static let startDelay: Duration = .milliseconds(250)

    private var interval: Duration
    private var sequence = 0
    private var failedReadings = 0
    private var hasRead = false
    private var hasSaidUnreadable = false
    private var hasConnected = false
    private var refusals = 0
    private var trouble: Trouble?
    private var directive: Directive = .serve
    private var statistics = MediaStatistics()
    private var withdrawal: Withdrawal?
    /// Where the streams that this node carries come from, by the manager's last word.
    private var routes: [StreamKey: String] = [:]

    /// That this node is not ready is under way to the manager, or known there.
    private enum Withdrawal { case sent, heard }
    private enum Trouble: Equatable { case refused(Int), silent }

    init(interval: Duration) { self.interval = interval }

    /// From the end of one round to the start of the next.
    var delay: Duration {
        if !hasRead { return min(interval, Self.startDelay) }
        guard refusals > 0 else { return interval }
        let doubled = Self.refusalDelays.lowerBound * (1 << min(refusals - 1, 10))
        return max(interval, min(doubled, Self.refusalDelays.upperBound))
    }

    /// The statistics were read, or not; the heartbeat to send, if any.
    mutating func read(
        _ result: Result<MediaStatistics, StatisticsFailure>, machine: [String: Double]
    ) -> (heartbeat: Heartbeat?, effects: [Effect]) {
        switch result {
        case .failure(let failure):
            failedReadings += 1
            let isStarting = !hasRead && failedReadings < Self.quietReadings
            let heartbeat = withdraw(machine)
            if hasSaidUnreadable || isStarting { return (heartbeat, []) }
            hasSaidUnreadable = true
            return (heartbeat, [.say("cannot read the statistics; this node is not ready until I can: \(failure)")])
        case .success(let statistics):
            var effects: [Effect] = []
            if hasSaidUnreadable {
                effects.append(.say("the statistics can be read again after \(failedReadings) failed readings"))
            }
            hasRead = true
            hasSaidUnreadable = false
            failedReadings = 0
            withdrawal = nil
            self.statistics = statistics
            return (heartbeat(machine, ready: statistics.ready), effects)
        }
    }

    /// What it had when it was last read, which is not known to be gone; nil when the manager knows, or never heard of it.
    private mutating func withdraw(_ machine: [String: Double]) -> Heartbeat? {
        guard hasRead, withdrawal != .heard else { return nil }
        withdrawal = .sent
        return heartbeat(machine, ready: false)
    }

    /// The last heartbeat of a node whose media server has ended, and its clients and streams with it; nil when none came
    /// before it.
    mutating func farewell() -> Heartbeat? {
        guard hasRead else { return nil }
        statistics = MediaStatistics()
        return heartbeat([:], ready: false)
    }

    private mutating func heartbeat(_ machine: [String: Double], ready: Bool?) -> Heartbeat {
        sequence += 1
        return Heartbeat(
            sequence: sequence, metrics: machine.merging(statistics.allMetrics) { _, given in given },
            streams: statistics.streams, ready: ready)
    }

    /// The manager answered, or not.
    mutating func replied(_ reply: Reply) -> [Effect] {
        switch reply {
        case .answer(let answer): return obey(answer)
        case .refused(let status, let words):
            let isUnknown = status == 401 || status == 403 || status == 404
            refusals = isUnknown ? refusals + 1 : 0
            let what = isUnknown ? "the manager does not know this node (\(status))" : "the manager answered \(status)"
            return complain(.refused(status), "\(what): \(words); I keep trying")
        case .silence(let words):
            refusals = 0
            return complain(.silent, "\(words); I keep trying, clients are not touched")
        }
    }

    private mutating func complain(_ kind: Trouble, _ words: String) -> [Effect] {
        if trouble == kind { return [] }
        trouble = kind
        return [.say(words)]
    }

    /// So many streams are named in one line.
    private static let namedStreams = 3

    /// What the manager now says of where streams come from; a line when it is elsewhere than before. A media server such as nginx-rtmp
    /// cannot move a pull that plays without cutting its viewers off: it goes on, and the next one begins at the new place.
    private mutating func learn(_ routes: [PullRoute]) -> String? {
        let old = self.routes
        self.routes = Dictionary(routes.map { ($0.stream, String($0.place)) }) { first, _ in first }
        let moved = routes.filter { route in old[route.stream].map { $0 != route.place } ?? false }
        guard !moved.isEmpty else { return nil }
        let names =
            moved.count <= Self.namedStreams
            ? moved.map { String($0.place) }.joined(separator: ", ") : "\(moved.count) streams from elsewhere"
        return "the next pull is of \(names); what plays here goes on from where it comes"
    }

    private mutating func obey(_ answer: HeartbeatAnswer) -> [Effect] {
        var effects: [Effect] = []
        if trouble != nil || !hasConnected { effects.append(.say("connected to the manager")) }
        hasConnected = true
        trouble = nil
        refusals = 0
        if withdrawal == .sent { withdrawal = .heard }
        if answer.intervalMs > 0 {
            let asked = Duration.milliseconds(answer.intervalMs)
            interval = min(max(asked, Self.intervals.lowerBound), Self.intervals.upperBound)
        }
        if answer.directive != directive { effects.append(.say("the manager says: \(answer.directive.rawValue)")) }
        directive = answer.directive
        if let line = learn(answer.routes) { effects.append(.say(line)) }
        switch answer.directive {
        case .serve, .drain: break
        case .evict:
            if statistics.connections > 0 {
                effects.append(.dropClients(applications: statistics.applications))
            }
        case .stop: effects.append(.stop)
        }
        return effects
    }
}
