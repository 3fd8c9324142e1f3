import Testing

@testable import Reconciler

@Suite struct CronExpressionTests {
    private func values(_ field: CronField, upTo last: Int) -> [Int] { (0...last).filter(field.contains) }

    @Test(arguments: [
        ("0 18 * * 6", [0], [18]), ("*/20 0-3 * * *", [0, 20, 40], [0, 1, 2, 3]),
        ("50/5 4,6 * * *", [50, 55], [4, 6]),
        ("10-30/10 22 ? * ?", [10, 20, 30], [22]), ("@daily", [0], [0]),
    ])
    func `fields are read`(text: String, minutes: [Int], hours: [Int]) throws {
        let cron = try CronExpression(text: text)
        #expect(values(cron.seconds, upTo: 59) == [0])
        #expect(values(cron.minutes, upTo: 59) == minutes)
        #expect(values(cron.hours, upTo: 23) == hours)
        #expect(cron.text == text)
    }

    @Test(arguments: [
        ("0 0 * * SUN", [0]), ("0 0 * * 7", [0]), ("0 0 * * fri-sun", [0, 5, 6]), ("0 0 * * 5-7", [0, 5, 6]),
        ("0 0 * * 1-5", [1, 2, 3, 4, 5]), ("0 0 * * *", [0, 1, 2, 3, 4, 5, 6]), ("0 0 * * */3", [0, 3, 6]),
    ])
    func `days of the week have names, and Sunday two numbers`(text: String, days: [Int]) throws {
        #expect(try values(CronExpression(text: text).daysOfWeek, upTo: 6) == days)
    }

    @Test func `six fields begin with seconds, and months have names`() throws {
        let cron = try CronExpression(text: "30 0 12 1 JAN,mar *")
        #expect(values(cron.seconds, upTo: 59) == [30])
        #expect(values(cron.months, upTo: 12) == [1, 3])
    }

    @Test func `either kind of day is enough when both are given`() throws {
        let cron = try CronExpression(text: "0 0 13 * FRI")
        #expect(cron.matches(month: 1, dayOfMonth: 13, dayOfWeek: 0))
        #expect(cron.matches(month: 1, dayOfMonth: 1, dayOfWeek: 5))
        #expect(!cron.matches(month: 1, dayOfMonth: 1, dayOfWeek: 4))
        #expect(try !CronExpression(text: "0 0 13 * *").matches(month: 1, dayOfMonth: 12, dayOfWeek: 5))
    }

    @Test(arguments: [
        ("0 0 31 2 *", "never fires"), ("0 0 31 4,6,9,11 *", "never fires"), ("0 0 30 FEB ?", "never fires"),
        ("0 18 * *", "has 4 fields"), ("", "has 0 fields"), ("0 0 0 1 1 ? 2026", "has 7 fields"),
        ("@reboot", "has 1 field"),
        ("60 * * * *", "has '60' for the minute"), ("* 24 * * *", "has '24' for the hour"), ("* * 0 * *", "has '0'"),
        ("* * * 13 *", "has '13' for the month"), ("* * * * 8", "has '8'"), ("*/0 * * * *", "has the step '0'"),
        ("5-1 * * * *", "has the range '5-1', which runs backwards"), ("1-2-3 * * * *", "has a range of three ends"),
        ("1/2/3 * * * *", "has two steps"), (",1 * * * *", "has ''"), ("+5 * * * *", "has '+5'"),
        ("-5 * * * *", "has ''"),
        ("* * L * *", "has 'L'"), (String(repeating: "1,", count: 200) + "1 * * * *", "is longer than 256"),
    ])
    func `what is no cron expression is refused`(text: String, message: String) {
        do throws(CronError) {
            _ = try CronExpression(text: text)
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test(arguments: ["0 0 29 2 *", "0 0 31 2 MON", "0 0 31 1-2 *"])
    func `what fires now and then is accepted`(text: String) throws {
        _ = try CronExpression(text: text)
    }

    @Test func `an error tells where`() {
        #expect(
            throws: CronError(message: "has '8' for the day of week, which is 0 to 7 or a name such as MON", offset: 11)
        ) {
            try CronExpression(text: "0 18 * * 1,8")
        }
    }
}
