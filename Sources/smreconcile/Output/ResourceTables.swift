internal import Foundation
internal import Reconciler

/// The tables of `get`, made of the API's answers.
enum ResourceTables {
    /// The table of a kind with the ages at `now`; without them for nil, so that two tables can be compared.
    /// No wider than `columns`; nil: as wide as it is. Where there are more nodes or node groups than a screen of so many `rows` shows,
    /// those that are not well come first.
    static func render(
        _ kind: GetCommand.Kind, _ data: Data, wide: Bool, now: Timestamp?, columns: Int? = nil, rows: Int? = nil
    ) throws -> String {
        let decoder = JSONDecoder()
        let table: Table
        switch kind {
        case .nodes:
            let all = try decoder.decode([NodeRow].self, from: data)
            table = nodes(urgent(all, on: rows) { $0.words != NodeState.inService.rawValue }, wide, now)
        case .nodegroups:
            let all = try decoder.decode([GroupRow].self, from: data)
            table = groups(urgent(all, on: rows) { $0.state != "ok" || !$0.note.isEmpty }, wide)
        case .streams: table = streams(try decoder.decode([StreamRow].self, from: data), wide, now)
        case .provisions: table = provisions(try decoder.decode([ProvisionRow].self, from: data), wide, now)
        case .events: table = events(try decoder.decode([EventRow].self, from: data), wide: wide, since: now)
        case .audit: table = audit(try decoder.decode([AuditRow].self, from: data), wide)
        case .source: return try SourceText.render(data, now: now)
        case .webhooks: table = try WebhookTable.table(data, wide, now)
        }
        return table.text(fitting: columns)
    }

    /// Those that need a look first, where a screen cannot show all below the heading and above its last lines.
    private static func urgent<Row>(_ all: [Row], on rows: Int?, _ isUrgent: (Row) -> Bool) -> [Row] {
        guard let rows, all.count > rows - 3 else { return all }
        return all.filter(isUrgent) + all.filter { !isUrgent($0) }
    }

    private struct NodeRow: Decodable {
        var id: String, nodeGroup: String, region: String, role: String, state: String
        var address: String?, instanceId: String?, revision: String?, reason: String?
        var endpoints: [Endpoint]?
        var since: Timestamp?, lastHeartbeatAt: Timestamp?
        var metrics: [String: Double]?
        var streams: Int?
        var cordoned: Bool?
        var suspect: String?, waiting: String?
        var protectedUntil: Timestamp?
        var selfProtected: Bool?, quarantined: Bool?
        var drainRequested: NodeMarks.DrainRequest?

        /// Its state, and what else there is to know of it: `inService,cordoned,drain asked`.
        var words: String {
            var words = [state]
            if suspect != nil { words.append("suspect") }
            if cordoned == true { words.append("cordoned") }
            if protectedUntil != nil || selfProtected == true { words.append("protected") }
            if quarantined == true { words.append("quarantined") }
            if drainRequested != nil, state == "inService" { words.append("drain asked") }
            return words.joined(separator: ",")
        }
    }

    private static func nodes(_ rows: [NodeRow], _ wide: Bool, _ now: Timestamp?) -> Table {
        var table = Table(
            ["NODE", "GROUP", "REGION", "ROLE", "STATE", "CLIENTS", "STREAMS", "ADDRESS", "AGE"]
                + (wide ? ["HEARD", "REVISION", "INSTANCE", "REASON", "WAITING"] : []), wraps: wide,
            optional: [
                "INSTANCE", "REVISION", "STREAMS", "GROUP", "ADDRESS", "REASON", "HEARD", "AGE", "CLIENTS", "WAITING",
                "REGION",
            ])
        for row in rows {
            let clients = (row.metrics?[Metric.publishers] ?? 0) + (row.metrics?[Metric.subscribers] ?? 0)
            let port = row.endpoints?.first.map { ":\($0.port)" } ?? ""
            table.add(
                [
                    row.id, row.nodeGroup, row.region, row.role, row.words,
                    "\(Metric.count(clients))", "\(row.streams ?? 0)", row.address.map { $0 + port } ?? "-",
                    age(row.since, now),
                ]
                    + (wide
                        ? [
                            age(row.lastHeartbeatAt, now), row.revision ?? "-", row.instanceId ?? "-",
                            row.reason ?? "-", row.waiting ?? "-",
                        ] : []))
        }
        return table
    }

    private struct GroupRow: Decodable {
        struct Role: Decodable { var name: String, desired: Int, ready: Int, total: Int }
        struct Override: Decodable { var region: String, role: String, nodes: Int, bounded: Int? }
        struct Approval: Decodable { var hash: String, held: Int }
        var name: String, provider: String, state: String
        var regions: [String], roles: [Role]
        var nodesTotal: Int
        var costPerHour: Double?, nodesUnpriced: Int?
        var source: String?
        var commit: GitCommit?
        var paused: ScalingPause?
        var overrides: [Override]?
        var approvals: [Approval]?
        var conditions: [Plan.Condition]?

        /// Nil where the provider has no prices.
        var cost: HourlyCost? { costPerHour.map { HourlyCost(perHour: $0, unpriced: nodesUnpriced ?? 0) } }

        /// What waits for people, and what they set in place of the rules.
        var note: String {
            let pause = paused.map { ["paused by \($0.by)"] } ?? []
            let held = (approvals ?? []).map { "\($0.held) held: approve \($0.hash)" }
            let counts = (overrides ?? []).map { override in
                let bounds =
                    override.bounded.map { $0 == override.nodes ? "" : " (its bounds make that \($0))" } ?? ""
                return "\(override.region)/\(override.role) set to \(override.nodes)\(bounds)"
            }
            return (Plan.Condition.short(conditions ?? []) + held + pause + counts).joined(separator: ", ")
        }
    }

    private static func groups(_ rows: [GroupRow], _ wide: Bool) -> Table {
        var table = Table(
            ["GROUP", "STATE", "NODES", "REGIONS", "ROLES (READY/DESIRED)", "NOTE"]
                + (wide ? ["PROVIDER", "COST/H", "SOURCE", "COMMIT"] : []), wraps: !wide,
            optional: ["COMMIT", "SOURCE", "PROVIDER", "COST/H", "REGIONS", "NODES", "ROLES (READY/DESIRED)"])
        for row in rows {
            let roles = row.roles.map { "\($0.name) \($0.ready)/\($0.desired)" }.joined(separator: ", ")
            table.add(
                [
                    row.name, row.state, "\(row.nodesTotal)", row.regions.joined(separator: ","), roles,
                    row.note.isEmpty ? "-" : row.note,
                ]
                    + (wide
                        ? [
                            row.provider, row.cost.map(CostText.cell) ?? "-", row.source ?? "-",
                            row.commit?.words ?? "-",
                        ] : []))
        }
        return table
    }

    private struct StreamRow: Decodable {
        struct Carrier: Decodable { var nodeId: String, subscribers: Int }
        var scope: String, name: String
        var nodeId: String?, region: String?, serverAddress: String?
        var since: Timestamp?
        var subscribers: Int
        var nodes: [Carrier]
    }

    private static func streams(_ rows: [StreamRow], _ wide: Bool, _ now: Timestamp?) -> Table {
        var table = Table(
            ["STREAM", "ORIGIN", "REGION", "VIEWERS", "NODES", "AGE"] + (wide ? ["CARRIED BY"] : []), wraps: wide,
            optional: ["AGE", "NODES", "CARRIED BY", "REGION", "ORIGIN"])
        for row in rows {
            let carriers = row.nodes.map { "\($0.nodeId) (\($0.subscribers))" }.joined(separator: ", ")
            table.add(
                [
                    "\(row.scope)/\(row.name)", row.nodeId ?? "-", row.region ?? "-", "\(row.subscribers)",
                    "\(row.nodes.count)", age(row.since, now),
                ] + (wide ? [carriers] : []))
        }
        return table
    }

    private struct ProvisionRow: Decodable {
        struct Secret: Decodable { var token: String? }
        struct Rules: Decodable { var regions: [String], restricted: Bool }
        struct Level: Decodable { var streamGuid: String, abrLevel: Int }
        struct Distribution: Decodable { var nodes: [String], at: Timestamp }
        var provisionGuid: String, nodeGroup: String
        var credentials: Secret?
        var geoRules: Rules?
        var capabilities: [String]?
        var streams: [Level]
        var distribution: Distribution?
    }

    private static func provisions(_ rows: [ProvisionRow], _ wide: Bool, _ now: Timestamp?) -> Table {
        var table = Table(
            ["PROVISION", "GROUP", "STREAMS", "REGIONS", "CAPABILITIES", "CREDENTIALS", "DISTRIBUTED"]
                + (wide ? ["SINCE", "LEVELS"] : []), wraps: wide,
            optional: ["SINCE", "CREDENTIALS", "CAPABILITIES", "LEVELS", "DISTRIBUTED", "REGIONS", "STREAMS"])
        for row in rows {
            let regions = row.geoRules.map { ($0.restricted ? "not " : "") + $0.regions.joined(separator: ",") }
            let levels = row.streams.sorted { $0.abrLevel < $1.abrLevel }.map { "\($0.abrLevel) \($0.streamGuid)" }
            table.add(
                [
                    row.provisionGuid, row.nodeGroup, "\(row.streams.count)", regions ?? "-",
                    row.capabilities.map { $0.joined(separator: ",").lowercased() } ?? "-",
                    row.credentials.map { $0.token == nil ? "password" : "token" } ?? "-",
                    row.distribution?.nodes.joined(separator: ",") ?? "-",
                ] + (wide ? [age(row.distribution?.at, now), levels.joined(separator: ", ")] : []))
        }
        return table
    }

    /// An event as the API gives it; an older manager does not count.
    struct EventRow: Decodable {
        var id: Int64
        var at: Timestamp
        var firstAt: Timestamp?
        var count: Int?
        var level: String, reason: String, subject: String, message: String
        var commit: String?, author: String?

        /// `1a2b3c4d5e6f by Ann`; `-` where no repository is followed.
        var commitWords: String { commit.map { "\(GitCommit.short($0)) by \(author ?? "unknown")" } ?? "-" }
    }

    /// The table of events, with their ages at `now` unless it is wide or there is no `now`, which show the times.
    static func events(_ rows: [EventRow], wide: Bool, since now: Timestamp?) -> Table {
        var table = Table(
            (wide ? ["ID", "AT", "FIRST"] : [now == nil ? "AT" : "AGE"])
                + ["LEVEL", "COUNT", "REASON", "SUBJECT"] + (wide ? ["COMMIT"] : []) + ["MESSAGE"], wraps: true,
            optional: ["COMMIT", "ID", "FIRST", "COUNT", "LEVEL", "REASON"])
        for row in rows {
            let times =
                wide
                ? ["\(row.id)", "\(row.at)", "\(row.firstAt ?? row.at)"]
                : [now.map { age(row.at, $0) } ?? "\(row.at)"]
            let commit = wide ? [row.commitWords] : []
            table.add(times + [row.level, "\(row.count ?? 1)", row.reason, row.subject] + commit + [row.message])
        }
        return table
    }

    private struct AuditRow: Decodable {
        var at: Timestamp
        var user: String, role: String, credential: String
        var method: String, path: String, status: Int
        var requestId: String, address: String
        /// Nil from a manager that does not tell it.
        var change: String?
    }

    /// The manager gives the newest first; on a terminal it is at the bottom, where one looks.
    private static func audit(_ rows: [AuditRow], _ wide: Bool) -> Table {
        var table = Table(
            ["AT", "USER", "ROLE", "FROM", "STATUS", "CALL"] + (wide ? ["CREDENTIAL", "REQUEST"] : []),
            optional: ["REQUEST", "CREDENTIAL", "ROLE", "FROM", "STATUS"])
        for row in rows.reversed() {
            table.add(
                [
                    "\(row.at)", row.user, row.role.isEmpty ? "-" : row.role, row.address.isEmpty ? "-" : row.address,
                    "\(row.status)",
                    "\(row.method) \(row.path)" + (row.change.map { $0.isEmpty ? "" : " (\($0))" } ?? ""),
                ] + (wide ? [row.credential, row.requestId] : []))
        }
        return table
    }

    /// Whole seconds are enough for a person.
    static func age(_ since: Timestamp?, _ now: Timestamp?) -> String {
        guard let since, let now else { return "-" }
        return Duration.seconds(max((now - since).components.seconds, 0)).specText
    }
}
