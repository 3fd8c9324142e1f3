internal import Dispatch
internal import Foundation
internal import Glibc
internal import Providers
internal import Reconciler

/// Runs `smreconcile agent` until it ends; the exit code.
///
/// 0 when the manager told the node to stop; 1 when the media server ended by itself or could not be started; 128 and
/// the signal's number when the agent was told to end.
func runAgent(_ options: AgentOptions) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)
    let (events, inbox) = AsyncStream.makeStream(of: AgentEvent.self)
    let signals = [SIGTERM, SIGINT, SIGHUP].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { inbox.yield(.signalled(number)) }
        source.resume()
        return source
    }
    defer { for source in signals { source.cancel() } }

    let door: CallbackDoor?
    do throws(CallbackDoor.Failure) {
        door = try CallbackDoor.open(options)
    } catch {
        AgentLoop.say(error.message)
        return 1
    }
    let code = await runAgent(options, door?.desk, events, inbox)
    await door?.close()
    return code
}

private func runAgent(
    _ options: AgentOptions, _ desk: CallbackDesk?, _ events: AsyncStream<AgentEvent>,
    _ inbox: AsyncStream<AgentEvent>.Continuation
) async -> Int32 {
    var child: RunningChild?
    if let program = options.command.first {
        do throws(ChildProcess.Failure) {
            child = try RunningChild.start(
                ChildProcess(
                    program: program, arguments: Array(options.command.dropFirst()),
                    environment: AgentLoop.childEnvironment(ProcessInfo.processInfo.environment), isDetached: false)
            ) { inbox.yield(.childEnded($0)) }
        } catch {
            AgentLoop.say(error.message)
            return 1
        }
    }
    let loop = AgentLoop(options: options, desk: desk, stop: { inbox.yield(.told) })
    let rounds = Task.detached(name: "agent rounds") { await loop.run() }
    let code = await AgentLoop.untilTheEnd(events, child, options.stopTimeout)
    rounds.cancel()
    // Whom the manager itself has told to end need not say so.
    if code != 0 { await loop.takeLeave(of: await rounds.value) }
    return code
}

/// What ends an agent.
enum AgentEvent: Sendable {
    case childEnded(RunningChild.Status)
    case signalled(Int32)
    /// The manager's directive was `stop`.
    case told
}

/// The shell around ``AgentCore``: reads, sends, and does what the core says.
struct AgentLoop: Sendable {
    /// What the agent was told.
    let options: AgentOptions
    /// Is kept informed; nil without callbacks.
    let desk: CallbackDesk?
    /// Called when the manager says so.
    let stop: @Sendable () -> Void
    private let client: HTTPClient

    /// A loop that does not run yet.
    init(options: AgentOptions, desk: CallbackDesk?, stop: @escaping @Sendable () -> Void) {
        self.options = options
        client = HTTPClient(handles: 2, tls: options.tls)
        self.desk = desk
        self.stop = stop
    }

    /// One round after the other, until the task is cancelled; what the core knows then.
    func run() async -> AgentCore {
        var core = AgentCore(interval: options.interval)
        var machine = MachineLoad()
        _ = machine.sample()
        let reader = StatisticsReader(source: options.statistics, client: client)
        var next = ContinuousClock.now
        while !Task.isCancelled {
            let reading = await reader.read()
            if case .success(let statistics) = reading { desk?.observe(statistics.streams) }
            let (heartbeat, effects) = core.read(reading, machine: machine.sample())
            await carryOut(effects)
            if let heartbeat {
                let reply = await send(heartbeat)
                desk?.heard(reply)
                if case .answer = reply { await desk?.refreshKeys() }
                await carryOut(core.replied(reply))
            }
            // An even beat, but never two at once after a slow round.
            next = max(next + core.delay, .now)
            try? await Task.sleep(until: next)
        }
        return core
    }

    /// Tells the manager at once that the media server is no more, so that nobody is sent here until a list shows it.
    func takeLeave(of core: AgentCore) async {
        var core = core
        guard let heartbeat = core.farewell() else { return }
        _ = await send(heartbeat, timeout: Self.leaveTime)
    }

    private func send(_ heartbeat: Heartbeat, timeout: Duration = .seconds(3)) async -> AgentCore.Reply {
        guard let body = try? JSONEncoder().encode(heartbeat) else {
            return .silence("the heartbeat cannot be written as JSON")
        }
        let request = HTTPRequest(
            "POST", options.nodeURL + "/heartbeat",
            headers: ["Authorization": "Bearer \(options.token)", "Content-Type": "application/json"], body: body,
            timeout: timeout)
        do throws(HTTPFailure) {
            let response = try await client.send(request)
            guard response.isSuccess else {
                return .refused(status: response.status, Self.words(of: response.body))
            }
            guard let answer = try? JSONDecoder().decode(HeartbeatAnswer.self, from: response.body) else {
                return .refused(status: response.status, "its answer is none to a heartbeat")
            }
            return .answer(answer)
        } catch {
            return .silence("\(error)")
        }
    }

    private func carryOut(_ effects: [AgentCore.Effect]) async {
        for effect in effects {
            switch effect {
            case .say(let line): Self.say(line)
            case .dropClients(let applications): await dropClients(applications)
            case .stop: stop()
            }
        }
    }

    /// nginx-rtmp reads the arguments of a URL as they are: these characters need no escape there, others find nothing.
    private static let plainCharacters = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

    /// nginx-rtmp drops every client of an application when no stream name is given.
    private func dropClients(_ applications: [String]) async {
        guard let control = options.control else { return }
        for application in applications {
            let name = application.addingPercentEncoding(withAllowedCharacters: Self.plainCharacters) ?? application
            do throws(HTTPFailure) {
                let url = "\(control)/drop/client?app=\(name)"
                _ = try await client.send(HTTPRequest("GET", url, timeout: StatisticsReader.timeout))
            } catch {
                Self.say("cannot drop the clients of '\(application)': \(error)")
            }
        }
    }

    // MARK: The end

    /// A manager that does not answer must not keep a dead node's agent alive.
    private static let leaveTime: Duration = .seconds(1)

    /// Waits for what ends the agent, ends the media server in order, and returns the exit code.
    static func untilTheEnd(
        _ events: AsyncStream<AgentEvent>, _ child: RunningChild?, _ stopTimeout: Duration
    ) async -> Int32 {
        var code: Int32?
        for await event in events {
            switch event {
            case .childEnded(let status):
                if let code { return code }
                say("the media server ended by itself with \(status)")
                return 1
            case .signalled, .told:
                // A second signal, or one after the directive, hurries what is under way.
                let isSecond = code != nil
                code = code ?? Self.exitCode(event)
                guard let child, child.status == nil else { return code ?? 0 }
                if case .told = event, isSecond { continue }
                child.signalGroup(isSecond ? .kill : .terminate)
                if !isSecond { killLater(child, stopTimeout) }
            }
        }
        return code ?? 0
    }

    private static func exitCode(_ event: AgentEvent) -> Int32 {
        if case .signalled(let number) = event { 128 + number } else { 0 }
    }

    private static func killLater(_ child: RunningChild, _ delay: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(delay.wholeMilliseconds))) {
            child.signalGroup(.kill)
        }
    }

    // MARK: Words

    /// One line on standard error, in one write.
    static func say(_ line: String) {
        FileHandle.standardError.write(Data("agent: \(line)\n".utf8))
    }

    /// The manager's own words in a problem document.
    private static func words(of body: Data) -> String {
        struct Problem: Decodable {
            var detail: String?
            var title: String?
        }
        let problem = try? JSONDecoder().decode(Problem.self, from: body)
        return problem?.detail ?? problem?.title ?? "no reason given"
    }

    /// What the media server gets of our environment: it needs no token of ours.
    static func childEnvironment(_ own: [String: String]) -> [String: String] {
        own.filter { $0.key != "SMRECONCILE_NODE_TOKEN" }
    }
}
