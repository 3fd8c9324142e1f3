extension Shape where Value == CronExpression {
    /// A cron expression that fires; an error points into its text.
    static let cron = Shape(["title": "cron expression of 5 or 6 fields", "type": "string"]) { node, context in
        guard let text = node.text, !node.isNull else {
            context.expected("a cron expression such as '0 18 * * 6'", node)
            return nil
        }
        do throws(CronError) {
            return try context.cron(text)
        } catch {
            context.error("cron expression '\(text.shortened)' \(error.message)", at: node, offset: error.offset)
            return nil
        }
    }
}

/// The parts of a time window, as far as given.
struct WindowDraft: Sendable {
    /// What a window has when nothing else is said.
    static let defaultTimeZone = "UTC"

    /// When it opens.
    var cron: CronExpression?
    /// An IANA name.
    var timezone = defaultTimeZone
    /// How long it stays open.
    var duration: Duration?

    /// The window; nil when one of its parts is missing.
    var window: ScheduleWindow? {
        guard let cron, let duration else { return nil }
        return ScheduleWindow(cron: cron, timezone: timezone, duration: duration)
    }
}

extension Fields {
    /// Adds the three keys of a time window.
    mutating func addWindow(required: Bool, set: @escaping @Sendable (inout Owner, (inout WindowDraft) -> Void) -> Void)
    {
        add(
            "cron", .cron, "When the window opens.", example: "0 18 * * 6", required: required,
            synonyms: ["schedule", "startAt"]
        ) {
            owner, cron in set(&owner) { $0.cron = cron }
        }
        add(
            "timezone", .timeZone, "IANA time zone of 'cron'.", default: "UTC", example: "Europe/Dublin",
            synonyms: ["tz", "timeZone"]
        ) {
            owner, zone in set(&owner) { $0.timezone = zone }
        }
        add(
            "duration", .positiveDuration, "How long the window stays open.", example: "4h", required: required,
            synonyms: ["durationS", "length"]
        ) { owner, duration in set(&owner) { $0.duration = duration } }
    }
}

extension Shape where Value == ScheduleSpec {
    private struct Draft: Sendable {
        var name = ""
        var window = WindowDraft()
        var min: Int?
        var max: Int?
        var desired: Int?
        var priority = 0
        var lead: Duration?
    }

    /// One of `schedules`.
    static let schedule = Shape<Draft>.object(
        "schedule", nameKey: "name", make: { Draft() },
        schema: [
            "description": "At least one of min, max and desired.",
            "anyOf": [["required": ["min"]], ["required": ["max"]], ["required": ["desired"]]],
        ]
    ) { fields in
        fields.add("name", .name("schedule"), "A name for messages and logs.", example: "matchday", required: true) {
            $0.name = $1
        }
        fields.addWindow(required: true) { $1(&$0.window) }
        fields.add("min", .nodeCount, "In place of the role's min.", example: 8, synonyms: ["minNodes", "minimum"]) {
            $0.min = $1
        }
        fields.add("max", .nodeCount, "In place of the role's max.", example: 4, synonyms: ["maxNodes", "maximum"]) {
            $0.max = $1
        }
        fields.add(
            "desired", .nodeCount, "Exactly so many, whatever the rules ask.", example: 6,
            synonyms: ["count", "replicas"]
        ) {
            $0.desired = $1
        }
        fields.add(
            "priority", .integer(-1000...1000), "The highest of several open windows counts.", default: 0, example: 10
        ) {
            $0.priority = $1
        }
        fields.add(
            "lead", .duration,
            "The nodes are there this long before the window opens; default: as long as new ones took of late.",
            example: "5m"
        ) { $0.lead = $1 }
    } check: { draft, node, context in
        checkBounds(draft, node, context)
    }.map { draft, _, _ -> ScheduleSpec? in
        guard let window = draft.window.window else { return nil }
        var schedule = ScheduleSpec(name: draft.name, window: window)
        schedule.min = draft.min
        schedule.max = draft.max
        schedule.desired = draft.desired
        schedule.priority = draft.priority
        schedule.lead = draft.lead
        return schedule
    }

    private static func checkBounds(_ draft: Draft, _ node: YAMLNode, _ context: SpecContext) {
        if node["min"] == nil, node["max"] == nil, node["desired"] == nil {
            context.error("\(context.place) changes nothing: give it 'min', 'max' or 'desired'", at: node)
        }
        if let min = draft.min, let max = draft.max, min > max {
            context.conflict("min \(min) is more than max \(max) in \(context.place)", at: node.nearest("min"))
        }
        if let desired = draft.desired, let max = draft.max, desired > max {
            context.conflict(
                "desired \(desired) is more than max \(max) in \(context.place)", at: node.nearest("desired"))
        }
        if let desired = draft.desired, let min = draft.min, desired < min {
            context.conflict(
                "desired \(desired) is less than min \(min) in \(context.place)", at: node.nearest("desired"))
        }
    }
}

extension Shape where Value == Int {
    /// A count of nodes.
    static let nodeCount = integer(0...SpecLimits.nodes)
}

/// Names that must not be there twice.
enum Duplicates {
    /// Reports every element of a list whose `key` has a value that an earlier element has.
    static func check(_ elements: [YAMLNode], key: String, _ title: String, _ context: SpecContext) {
        guard elements.count > 1 else { return }
        // A few are compared each with each: that is cheaper than a set.
        if elements.count <= 8 {
            for (index, element) in elements.enumerated().dropFirst() {
                guard let name = element[key], let text = name.text,
                    let first = elements[..<index].first(where: { $0[key]?.text == text })
                else { continue }
                report(title, name, first: first[key] ?? first, context)
            }
            return
        }
        var seen: [String: YAMLNode] = [:]
        for element in elements {
            guard let name = element[key], let text = name.text else { continue }
            if let first = seen[text] {
                report(title, name, first: first, context)
            } else {
                seen[text] = name
            }
        }
    }

    private static func report(_ title: String, _ name: YAMLNode, first: YAMLNode, _ context: SpecContext) {
        context.error(
            "\(title) '\((name.text ?? "").shortened)' is there twice; the first is on line \(first.line)", at: name)
    }
}
