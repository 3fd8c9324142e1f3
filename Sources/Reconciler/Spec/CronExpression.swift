/// A cron expression, checked when it is read. Five fields (minute first), or six with seconds in front.
package struct CronExpression: Sendable, Equatable {
    /// As written.
    package var text: String
    package init(text: String) { self.text = text }
}
