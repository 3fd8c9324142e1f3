internal import Reconciler

/// Making, changing and deleting one node group over the API. Groups that come from files or git are read-only here.
struct GroupChange {
    private let services: APIServices
    private let call: RouteCall

    /// Only plans.
    static let dryRun = RouteDocument.Parameter.flag(
        "dryRun", "Changes nothing, and answers the plan that it would bring.")
    /// What a document may be written in: YAML reads JSON too.
    static let contentTypes = ["application/yaml", "application/json"]
    /// The header field that names the state of a group.
    static let tag = (name: "ETag", help: "Names the state of the document, for `If-Match`.")
    /// A document that works where there is a provider `lab`.
    static let example: SchemaValue = [
        "apiVersion": "smreconcile/v1", "kind": "NodeGroup", "metadata": ["name": "event"],
        "spec": [
            "provider": "lab", "scopes": ["event"], "regions": [["name": "us-east"], ["name": "us-west"]],
            "roles": [
                "origin": [
                    "capabilities": ["publish"], "endpoints": [["protocol": "rtmp", "port": 1935]], "min": 1,
                ],
                "edge": [
                    "parent": "origin", "capabilities": ["subscribe"],
                    "endpoints": [["protocol": "rtmp", "port": 1935]], "min": 2, "max": 3,
                ],
            ],
        ],
    ]

    /// The change that a request asks for.
    init(_ services: APIServices, _ call: RouteCall) {
        self.services = services
        self.call = call
    }

    /// Of `POST /as/v1/nodegroups`.
    func create() async throws(Problem) -> HTTPResponse {
        let text = try text()
        try refuseReserved(text)
        if try isDryRun() {
            return try plan { () throws(GroupFailure) in try services.groups.trial(text, replacing: nil) }
        }
        let group: StoredGroup
        do throws(GroupFailure) {
            group = try await services.groups.create(text, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return answer(group, 201)
    }

    /// Of `PUT /as/v1/nodegroups/{name}`.
    func replace() async throws(Problem) -> HTTPResponse {
        let (text, name, precondition) = (try text(), try name(), try EntityTags.precondition(call.request.headers))
        // One that was made by an older version can still be changed.
        if services.groups.parts.stored.group(name) == nil { try refuseReserved(text) }
        if try isDryRun() {
            return try plan { () throws(GroupFailure) in
                try services.groups.trial(text, replacing: name, if: precondition, mayCreate: true)
            }
        }
        let isNew = services.groups.parts.stored.group(name) == nil
        let group: StoredGroup
        do throws(GroupFailure) {
            group = try await services.groups.replace(
                name, with: text, if: precondition, mayCreate: true, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return answer(group, isNew ? 201 : 200)
    }

    /// Of `DELETE /as/v1/nodegroups/{name}`.
    func delete() async throws(Problem) -> HTTPResponse {
        try CommandBody.requireNothing(in: call.request.body)
        let (name, precondition) = (try name(), try EntityTags.precondition(call.request.headers))
        if try isDryRun() {
            return try plan { () throws(GroupFailure) in
                try services.groups.trial(nil, replacing: name, if: precondition)
            }
        }
        do throws(GroupFailure) {
            try await services.groups.delete(name, if: precondition, by: call.caller)
        } catch {
            throw Problem(error)
        }
        return .empty(204)
    }

    private func refuseReserved(_ text: String) throws(Problem) {
        let documents = SpecReader.documents(of: [SpecSource(name: "body", text: text)])
        if let problem = documents.first.flatMap({ services.reserved.problem($0.name) }) { throw .badRequest(problem) }
    }

    private func answer(_ group: StoredGroup, _ status: Int) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        json.field("name", group.name)
        json.field("createdBy", group.createdBy)
        json.field("createdAt", group.createdAt)
        json.field("changedBy", group.changedBy)
        json.field("changedAt", group.changedAt)
        json.endObject()
        var response = HTTPResponse.json(json.bytes, status: status)
        if status == 201 { response.headers.append(("Location", "/as/v1/nodegroups/\(group.name)")) }
        response.setEntityTag(group.entityTag)
        return response
    }

    /// The plan of the spec that the change would bring, as `GET /as/v1/plan` shows that of the last round.
    private func plan(_ trial: () throws(GroupFailure) -> Spec) throws(Problem) -> HTTPResponse {
        let spec: Spec
        do throws(GroupFailure) { spec = try trial() } catch { throw Problem(error) }
        let fleet = services.live.snapshot.fleet
        let plan = Preview.plan(spec: spec, fleet: fleet, now: call.now)
        do {
            var response = HTTPResponse.json(
                Array(try plan.json(costs: PlanCosts(of: plan, spec: spec, fleet: fleet)).utf8))
            (response.change, response.isMinor) = ("dryRun=true", true)
            return response
        } catch {
            throw Problem(500, "the plan cannot be written: \(error)")
        }
    }

    private func isDryRun() throws(Problem) -> Bool {
        switch try call.request.fields.text("dryRun") ?? "false" {
        case "true": return true
        case "false": return false
        case let other: throw .badRequest("'dryRun' is '\(other)', expected true or false")
        }
    }

    private func name() throws(Problem) -> String { try call.capture(0, "name of the node group") }

    private func text() throws(Problem) -> String {
        guard let text = String(validating: call.request.body, as: UTF8.self) else {
            throw .badRequest("the body is no UTF-8")
        }
        return text
    }
}

extension Problem {
    /// A change of a node group that was refused.
    init(_ failure: GroupFailure) {
        switch failure {
        case .invalid(let errors):
            self.init(
                422, errors.first?.description ?? "the document does not read", troubles: errors.map(\.description))
        case .malformed(let text): self = .badRequest(text)
        case .conflict(let text): self.init(409, text)
        case .notFound(let text): self = .notFound(text)
        case .changedMeanwhile(let text): self.init(412, text)
        case .unavailable(let text): self = .unavailable(text, retryAfter: .seconds(5))
        }
    }
}
