/// When a group of the product is there, as windows of ours.
struct ProductSchedule {
    /// `name`, `cron` and `duration`.
    let members: [YAMLText.Member]
}

extension ProductWriter {
    /// Its schedules; one that cannot be expressed is an error, since without it the group would always be there, or never.
    mutating func schedules() -> [ProductSchedule] {
        config.schedules.compactMap { schedule in
            let mark = schedule.startAt
            let node = mark.node ?? YAMLNode(value: .mapping([]), line: 1, column: 1)
            guard let name = ours(.init(schedule.name, node), "schedule") else { return nil }
            do throws(QuartzProblem) {
                let cron = try QuartzCron.ours(mark.value)
                _ = try context.cronProblem(cron)
                return ProductSchedule(members: [
                    .init("name", .text(name)), .init("cron", .text(cron)),
                    .init("duration", .bare(Duration.seconds(schedule.duration).specText)),
                ])
            } catch {
                context.error("startAt '\(mark.value.shortened)' \(error.message)", at: node)
                return nil
            }
        }
    }
}

extension SpecContext {
    /// Throws what is wrong with a cron expression that was made of another.
    fileprivate func cronProblem(_ text: String) throws(QuartzProblem) {
        do throws(CronError) { _ = try cron(text) } catch { throw QuartzProblem(message: error.message) }
    }
}

/// Why a cron expression of Quartz is none of ours: what follows its name in a message.
struct QuartzProblem: Error {
    /// Begins with a verb.
    var message: String
}

/// Cron as Quartz has it (https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html): seconds first, days of
/// the week from 1 for Sunday, a year at the end that may be missing.
enum QuartzCron {
    /// As ours: six fields, days of the week from 0 for Sunday.
    static func ours(_ text: String) throws(QuartzProblem) -> String {
        var fields = text.split(separator: " ", omittingEmptySubsequences: true).map { String($0) }
        guard fields.count == 6 || fields.count == 7 else {
            throw QuartzProblem(
                message:
                    "has \(fields.count) fields; it needs 6 (second, minute, hour, day, month, day of week) and may have a year"
            )
        }
        if fields.count == 7, fields.removeLast() != "*" {
            throw QuartzProblem(message: "names a year, which a window here cannot")
        }
        for field in [fields[3], fields[5]] where field != "?" {
            let letters = field.uppercased().split { ",-/".contains($0) }
            if field.contains("#") || letters.contains(where: { $0 == "L" || $0 == "W" || $0 == "LW" })
                || letters.contains(where: {
                    ($0.hasSuffix("L") || $0.hasSuffix("W")) && $0.dropLast().allSatisfy(\.isNumber)
                })
            {
                throw QuartzProblem(message: "counts days by L, W or #, which a window here cannot")
            }
        }
        fields[5] = try weekday(fields[5])
        if fields[0] == "0" { fields.removeFirst() }
        return fields.map { $0 == "?" ? "*" : $0 }.joined(separator: " ")
    }

    /// The days of the week in the order of Quartz, whose first is 1.
    private static let days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    /// The same days, with numbers one less.
    private static func weekday(_ field: String) throws(QuartzProblem) -> String {
        var items: [String] = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) { items.append(try weekdays(item)) }
        return items.joined(separator: ",")
    }

    /// One of a list. What counts by a step, or runs over the end of the week as FRI-MON does, is listed day by day: the week of Quartz
    /// ends with Saturday, and ours has Sunday at both ends.
    private static func weekdays(_ item: Substring) throws(QuartzProblem) -> String {
        if item == "*" || item == "?" { return String(item) }
        let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        var (first, last, step) = (1, days.count, 1)
        if parts[0] != "*" {
            first = try day(ends[0])
            if ends.count == 2 { last = try day(ends[1]) } else if parts.count == 1 { last = first }
        }
        if parts.count == 2 {
            guard let value = Int(parts[1]), (1...days.count).contains(value) else {
                throw QuartzProblem(
                    message: "has the step '\(parts[1].prefix(20))'; a step of days is 1 to \(days.count)")
            }
            step = value
        } else if first <= last {
            return ends.map { end in Int(end).map { "\($0 - 1)" } ?? String(end) }.joined(separator: "-")
        }
        let through = last < first ? last + days.count : last
        let all = stride(from: first, through: through, by: step).map { ($0 - 1) % days.count }
        return all.sorted().map { "\($0)" }.joined(separator: ",")
    }

    /// A day by its number or its name, from 1 for Sunday.
    private static func day(_ text: Substring) throws(QuartzProblem) -> Int {
        if let number = Int(text), (1...days.count).contains(number) { return number }
        if let index = days.firstIndex(of: text.uppercased()) { return index + 1 }
        throw QuartzProblem(
            message: "has '\(text.prefix(20))' for the day of the week, which is 1 (SUN) to 7 or a name such as MON")
    }
}
