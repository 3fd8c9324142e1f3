/// Why a file is not used as a geolocation database, in words that follow its path.
struct DatabaseFailure: Error, Equatable, Sendable {
    /// Lower case first, no full stop.
    let message: String
    /// It was being written while it was read: soon it may be whole.
    let isUnfinished: Bool

    /// A reason.
    init(_ message: String, isUnfinished: Bool = false) {
        self.message = message
        self.isUnfinished = isUnfinished
    }
}
