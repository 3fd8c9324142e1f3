internal import Glibc
internal import Reconciler

/// The blocking work of a ``ProcessProvider``; every call runs on its serial queue.
struct ProcessWork: Sendable {
    /// How many directories of ended nodes are kept, with their logs.
    static let keptDirectories = 20
    /// A record whose process was never started, and which nobody asked about for so long, is given up.
    static let intentTime: Duration = .seconds(3600)

    /// Where everything is written down.
    let records: InstanceRecords
    let time: any TimeSource
    let sessions = ProcessSessions()
    private let scans = ProcessScans()

    /// Where everything is written down under `records`.
    init(records: InstanceRecords, time: any TimeSource) {
        self.records = records
        self.time = time
    }

    // MARK: List

    /// See ``ProcessProvider/list(owner:region:)``. Like all that follows, it was asked for at `moment`.
    func list(
        owner: String, region: String, stopTimeout: Duration, askedAt moment: ContinuousClock.Instant
    ) throws(ProviderFailure) -> Listing {
        var instances: [Instance] = []
        for record in try onDisk(records.all) where record.tags.owner == owner && record.tags.region == region {
            if let instance = try observe(record, stopTimeout: stopTimeout, askedAt: moment) {
                instances.append(instance)
            }
        }
        try prune()
        return Listing(instances: instances, complete: true)
    }

    /// What a record stands for now, nil when there is no such node (any more); writes down what it finds, and sees to
    /// the end of what is to end.
    func observe(
        _ record: InstanceRecord, stopTimeout: Duration, askedAt moment: ContinuousClock.Instant
    ) throws(ProviderFailure) -> Instance? {
        guard record.goneAt == nil else { return nil }
        var record = record
        if record.process == nil {
            record.process = sessions.find(token: record.token, in: scans.since(moment))
            if record.process != nil { try save(record) }
        }
        guard let process = record.process else {
            if time.now() >= record.createdAt + Self.intentTime { try markGone(record) }
            return nil
        }
        let isAlive = sessions.isAlive(process)
        if isAlive && record.stoppingSince == nil { return record.instance(.running) }
        let members = sessions.members(process, token: record.token, in: scans.since(moment))
        if members.isEmpty {
            try markGone(record)
            return nil
        }
        guard let stoppingSince = record.stoppingSince else {
            // Its first process died by itself: the node is gone, and what it left behind holds its ports.
            signal(members, SIGKILL)
            return nil
        }
        if time.now() >= stoppingSince + stopTimeout { signal(members, SIGKILL) }
        return record.instance(.stopping)
    }

    // MARK: Create

    /// See ``ProcessProvider/create(_:)``.
    func create(
        _ request: CreateRequest, _ spec: ProcessSpec, askedAt moment: ContinuousClock.Instant
    ) throws(ProviderFailure) -> Instance {
        let node = request.tags.node
        guard InstanceRecords.isFileName(node) else {
            throw .terminal("the node id '\(node)' cannot be the name of a directory")
        }
        if let known = try onDisk({ () throws(SystemError) in try records.load(node) }) {
            guard known.token == request.token, known.tags == request.tags else {
                throw .terminal("node \(node) exists already, made by another request")
            }
            if let instance = try observe(known, stopTimeout: spec.stopTimeout, askedAt: moment) { return instance }
            let now = try onDisk { () throws(SystemError) in try records.load(node) } ?? known
            if now.process != nil || now.goneAt != nil { return now.instance(.gone) }
            // An intent whose process was never started: started now.
        }
        guard let command = spec.roles[request.tags.role] else {
            throw .terminal("the provider has no command for role '\(request.tags.role)'")
        }
        return try start(request, spec, command)
    }

    private func start(
        _ request: CreateRequest, _ spec: ProcessSpec, _ template: ProcessSpec.Command
    ) throws(ProviderFailure) -> Instance {
        let node = request.tags.node
        let address = request.template.settings[ProcessSpec.addressSetting] ?? spec.address
        let ports = try choosePorts(
            NodeCommand.portNames(of: template, endpoints: request.template.endpoints), for: node, on: address, spec)
        let command = try NodeCommand(
            template,
            NodeCommand.Context(
                request: request, address: address, ports: ports, directory: records.directory(of: node),
                binary: NodeCommand.runningBinary(), inherited: NodeCommand.ownEnvironment()))
        var record = InstanceRecord(
            tags: request.tags, token: request.token, revision: request.revision, address: address,
            endpoints: request.template.endpoints.map { endpoint in
                Endpoint(protocol: endpoint.protocol, port: ports[endpoint.protocol] ?? endpoint.port)
            },
            ports: ports, command: template.arguments, createdAt: time.now())
        try save(record)
        let pid: Int32
        defer { scans.forget() }
        do throws(ChildProcess.Failure) {
            pid = try ChildProcess(
                program: command.program, arguments: command.arguments, environment: command.environment,
                workingDirectory: command.workingDirectory, log: records.log(of: node)
            ).spawn()
        } catch {
            records.remove(node)
            throw Self.words(error)
        }
        record.process = ProcessSessions.identity(pid)
        do throws(ProviderFailure) {
            try save(record)
        } catch {
            throw .unknown("process \(pid) of node \(node) was started; \(error.message)")
        }
        return record.instance(.running)
    }

    private func choosePorts(
        _ names: [String], for node: NodeID, on address: String, _ spec: ProcessSpec
    ) throws(ProviderFailure) -> [String: Int] {
        if names.isEmpty { return [:] }
        var taken = try onDisk { () throws(SystemError) in try records.portsInUse(except: node) }
        var ports: [String: Int] = [:]
        for name in names {
            guard let port = FreePorts.find(on: address, in: spec.ports, excluding: taken) else {
                let range = spec.ports.map { " in \($0.lowerBound)-\($0.upperBound)" } ?? ""
                throw .noCapacity("no free port\(range) for '\(name)' of node \(node)")
            }
            taken.insert(port)
            ports[name] = port
        }
        return ports
    }

    /// A machine short of something may have it again; a program that is not there stays so.
    private static func words(_ failure: ChildProcess.Failure) -> ProviderFailure {
        switch failure.code {
        case EAGAIN, ENOMEM, EMFILE, ENFILE: .retryable(failure.message)
        default: .terminal(failure.message)
        }
    }

    // MARK: Destroy

    /// Asks a node to end. True when somebody must look after it again, `stopTimeout` from now.
    func destroy(
        _ reference: InstanceReference, stopTimeout: Duration, askedAt moment: ContinuousClock.Instant
    ) throws(ProviderFailure) -> Bool {
        let node = reference.tags.node
        guard InstanceRecords.isFileName(node),
            var record = try onDisk({ () throws(SystemError) in try records.load(node) }),
            record.tags == reference.tags, record.token == reference.token, record.goneAt == nil
        else { return false }
        if record.stoppingSince != nil {
            _ = try observe(record, stopTimeout: stopTimeout, askedAt: moment)
            return false
        }
        record.process = record.process ?? sessions.find(token: record.token, in: scans.since(moment))
        guard let process = record.process else {
            try markGone(record)
            return false
        }
        _ = sessions.isAlive(process)
        let members = sessions.members(process, token: record.token, in: scans.since(moment))
        record.stoppingSince = time.now()
        // The signal goes out even when the disk is full; the failure then makes the manager ask again.
        defer { signal(members, SIGTERM) }
        try save(record)
        return true
    }

    // MARK: Parts

    /// Stopped processes are woken, so that they can obey. The look may be a moment old: a number that another process has by now is
    /// left alone.
    private func signal(_ members: [ProcessTable.Entry], _ number: Int32) {
        for member in members where ProcessTable.entry(member.pid)?.startTime == member.startTime {
            kill(member.pid, number)
            kill(member.pid, SIGCONT)
        }
    }

    private func save(_ record: InstanceRecord) throws(ProviderFailure) {
        try onDisk { () throws(SystemError) in try records.save(record) }
    }

    private func markGone(_ record: InstanceRecord) throws(ProviderFailure) {
        if let process = record.process { sessions.forget(process) }
        var record = record
        record.goneAt = time.now()
        try save(record)
    }

    /// Removes the directories of ended nodes but the newest.
    private func prune() throws(ProviderFailure) {
        let ended = try onDisk(records.all).compactMap { record in record.goneAt.map { (record.tags.node, $0) } }
        for (node, _) in ended.sorted(by: { $0.1 > $1.1 }).dropFirst(Self.keptDirectories) { records.remove(node) }
    }

    private func onDisk<Value>(_ body: () throws(SystemError) -> Value) throws(ProviderFailure) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .retryable(error.description)
        }
    }
}
