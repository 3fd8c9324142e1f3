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
        fields[5] = weekday(fields[5])
        if fields[0] == "0" { fields.removeFirst() }
        return fields.map { $0 == "?" ? "*" : $0 }.joined(separator: " ")
    }

    /// Numbers of days one less; a step after a slash stays.
    private static func weekday(_ field: String) -> String {
        field.split(separator: ",", omittingEmptySubsequences: false).map { item in
            let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let days = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { day in
                Int(day).map { "\($0 - 1)" } ?? String(day)
            }
            return days.joined(separator: "-") + (parts.count > 1 ? "/\(parts[1])" : "")
        }.joined(separator: ",")
    }
}
