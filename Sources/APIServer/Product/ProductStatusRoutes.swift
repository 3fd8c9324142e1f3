internal import Reconciler

/// The nodes of a group in the product's words, and what a person may do to their counts and states.
struct ProductStatusRoutes: Sendable {
    /// What they work with.
    let services: APIServices

    private static let path = "/as/v1/admin/nodegroup"

    /// Their lines of the route table.
    var routes: [Route] {
        [
            Route(
                .get, Self.path + "/status/{group}", .roles(.readers), "Lists the nodes of a group with their states",
                .later { call async throws(Problem) in try status(call) }),
            Route(
                .get, Self.path + "/{group}/idle", .roles(.readers),
                "Says for how long no node of a group has had a client",
                .later { call async throws(Problem) in try idle(call) }),
            Route(
                .put, Self.path + "/{group}/pause", .roles(.operators),
                "Lets the counts of a group stand still, or with 'resume' follow their rules again",
                bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await pause(call) }),
            Route(
                .post, Self.path + "/{group}/{subGroup}/{role}/manualscale", .roles(.operators),
                "Sets the count of a role in a sub group by hand", bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await scale(call) }),
            Route(
                .put, Self.path + "/{group}/{node}/manualscale", .roles(.operators),
                "Moves a node from one state to another", bodyLimit: CommandBody.limit,
                .later { call async throws(Problem) in try await move(call) }),
        ]
    }

    private func group(_ call: RouteCall) throws(Problem) -> NodeGroupSpec {
        try ProductGroupName.known(try call.capture(0, "name of the node group"), services)
    }

    // MARK: - Looks

    private func status(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        let group = try group(call)
        let present = services.live.snapshot.fleet.nodes.values.filter { node in
            node.pool.group == group.name && node.state != .terminated
        }
        // Nodes may be of a sub group or a role that the group has no longer.
        let regions = try fields.text("subGroup").map { name -> Set<String> in
            let places = ProductGroupName.places([name], of: group)
            let known = group.regions.filter { places.contains($0.name) || places.contains($0.zone ?? "") }
            return Set(known.map(\.name)).union(Self.spellings(of: name))
        }
        let role = try fields.text("role").map { name throws(Problem) -> String in
            let spellings = Self.spellings(of: name)
            if let node = present.first(where: { spellings.contains($0.pool.role) }) { return node.pool.role }
            return try ProductGroupName.role(name, of: group)
        }
        let state = try fields.text("state")?.uppercased()
        let withMetrics = try fields.flag("metrics")
        let (scaling, node) = (
            try fields.flag("includeScaling", absent: true), try fields.flag("includeNode", absent: true)
        )
        let nodes = present.filter { node in
            (regions?.contains(node.pool.region) ?? true) && (role ?? node.pool.role) == node.pool.role
                && (state ?? node.productState) == node.productState
        }.sorted { $0.id < $1.id }
        let (telemetry, view) = (services.live.telemetry.snapshot(), services.live.view)
        let wording = ProductGroupName.wording(of: group, services)
        return .json(
            JSONWriter.list(nodes) { json, member in
                ProductNodeAnswer(
                    node: member, telemetry: telemetry[member.id], groupName: group.productName,
                    wording: wording, parents: view.nodes[member.id]?.parents ?? []
                ).write(metrics: withMetrics, scaling: scaling, node: node, into: &json)
            })
    }

    /// A name as it was sent, and as ours.
    private static func spellings(of name: String) -> [String] { [name, ProductName.ours(name)].compactMap { $0 } }

    /// The least of what the nodes in service report as `connections.lastidlems`; 0 while one has a client.
    private func idle(_ call: RouteCall) throws(Problem) -> HTTPResponse {
        let group = try group(call)
        let nodes = services.live.snapshot.fleet.nodes.values.filter {
            $0.pool.group == group.name && $0.state == .inService
        }
        let idle = nodes.compactMap { node -> Double? in
            let metrics = services.live.telemetry.latest(of: node.id)?.heartbeat.metrics ?? node.metrics
            let clients = Metric.count(metrics[Metric.publishers]) + Metric.count(metrics[Metric.subscribers])
            return clients > 0 ? 0 : metrics["connections.lastidlems"]
        }.min()
        guard let idle else {
            throw .notFound(
                nodes.isEmpty
                    ? "no node of '\(group.productName)' is in service"
                    : "no node of '\(group.productName)' has a client, and none reports 'connections.lastidlems'")
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("lastPubSubMs", Metric.count(idle))
        json.endObject()
        return .json(json.bytes)
    }

    // MARK: - Commands

    private func pause(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        try CommandBody.requireNothing(in: call.request.body)
        let resumes = try call.request.fields.flag("resume")
        let group = try group(call).name
        do throws(CommandFailure) {
            try await services.commands.pause(group, !resumes, by: call.caller)
        } catch .conflict {
            // It is so already, which is what was asked for.
            var response = HTTPResponse.empty(200)
            response.isMinor = true
            return response
        } catch {
            throw error.asBadRequest
        }
        return Self.done("resume=\(resumes)")
    }

    private func scale(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        try CommandBody.requireNothing(in: call.request.body)
        let group = try group(call)
        let region = try ProductGroupName.region(try call.capture(1, "name of the sub group"), of: group)
        let role = try ProductGroupName.role(try call.capture(2, "name of the role"), of: group)
        guard let count = try call.request.fields.integer("nodeCount", in: 0...Int64(SpecLimits.nodes)) else {
            throw .badRequest("the parameter 'nodeCount' is missing: how many nodes there are to be")
        }
        do throws(CommandFailure) {
            try await services.commands.scale(
                ScaleCommand(group: group.name, role: role, region: region, nodes: Int(count), duration: nil),
                by: call.caller)
        } catch {
            throw error.asBadRequest
        }
        return Self.done("nodeCount=\(count)")
    }

    private func move(_ call: RouteCall) async throws(Problem) -> HTTPResponse {
        let fields = call.request.fields
        try CommandBody.requireNothing(in: call.request.body)
        let group = try group(call)
        let id = NodeID(try call.capture(1, "node id"))
        let fleet = services.live.snapshot.fleet
        guard let node = fleet.nodes[id], node.pool.group == group.name else { throw .notFound(fleet.noSuchNode(id)) }
        let current = try fields.required("currentState").uppercased()
        let wanted = try fields.required("desiredState").uppercased()
        guard current == node.productState else {
            throw .badRequest("'\(id)' is \(node.productState), not \(current.prefix(40))")
        }
        let order = try ProductStateChange(from: current, to: wanted)
        do throws(CommandFailure) {
            switch order {
            case .none: break
            case .drain: try await services.commands.drain(id, force: false, by: call.caller)
            case .serve:
                if let why = node.cannotServe { throw CommandFailure.conflict(why) }
                try await services.commands.cordon(id, false, by: call.caller)
            case .disable: try await services.commands.cordon(id, true, by: call.caller)
            case .destroy: try await services.commands.terminate(id, force: true, by: call.caller)
            }
        } catch {
            throw error.asBadRequest
        }
        return Self.done("desiredState=\(wanted)")
    }

    /// 200, and what was done for the audit log: paths do not tell.
    private static func done(_ change: String) -> HTTPResponse {
        var response = HTTPResponse.empty(200)
        response.change = change
        return response
    }
}

extension CommandFailure {
    /// As the product answers: what cannot be done is 400.
    fileprivate var asBadRequest: Problem {
        if case .conflict(let text) = self { return .badRequest(text) }
        return Problem(self)
    }
}

extension Node {
    /// Why nobody's word brings it back into service, and what does; nil when a word can.
    fileprivate var cannotServe: String? {
        switch state {
        case .fault:
            "'\(id)' is faulty: \(reason); it comes back by itself when it heals, and DESTRUCTION_REQUESTED destroys it"
        case .draining where marks.drainRequest == nil && !marks.isQuarantined:
            "'\(id)' drains by the plan, nobody asked for it: \(reason); it comes back when the plan wants it"
        default: nil
        }
    }
}

/// What a change of states by hand means here.
enum ProductStateChange: Equatable {
    /// It is so already.
    case none
    /// No new clients, and it goes when the last has left.
    case drain
    /// Clients again: the end of a drain that somebody asked for, of a cordon, of a quarantine.
    case serve
    /// No new clients, and it stays.
    case disable
    /// Destroyed at once, whoever is on it.
    case destroy

    /// Throws for states that nobody can move a node to.
    init(from current: String, to wanted: String) throws(Problem) {
        switch (current, wanted) {
        case (let one, let other) where one == other: self = .none
        case ("INSERVICE", "SOFT_SUNSET"), ("INSERVICE", "SUNSET"), ("DISABLED", "SOFT_SUNSET"), ("DISABLED", "SUNSET"):
            self = .drain
        case ("SOFT_SUNSET", "INSERVICE"), ("DISABLED", "INSERVICE"), ("FAULT", "INSERVICE"): self = .serve
        case ("INSERVICE", "DISABLED"): self = .disable
        case (_, "DESTRUCTION_REQUESTED"), (_, "DOOMED"), (_, "DESTROYING"): self = .destroy
        case (_, "HARD_SUNSET"):
            throw .badRequest(
                "HARD_SUNSET comes by itself, when the drain of a node takes too long; SOFT_SUNSET or DESTRUCTION_REQUESTED can be asked for"
            )
        case (_, "FAULT"): throw .badRequest("a node is FAULT by its health alone; DISABLED keeps clients off it")
        default:
            throw .badRequest(
                "a node cannot be moved from \(current.prefix(40)) to '\(wanted.prefix(40))'; possible are SOFT_SUNSET, DISABLED, INSERVICE and DESTRUCTION_REQUESTED"
            )
        }
    }
}
