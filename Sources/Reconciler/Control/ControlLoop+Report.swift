extension ControlLoop {
    /// What a round did.
    package struct Report: Sendable {
        package var plan: Plan
        /// Nothing to do, nothing under way, everything known.
        package var isSettled: Bool
        /// Every provider scope was listed, and the newest list succeeded.
        package var isKnown: Bool
        /// Nodes in service.
        package var inService: Int
        /// Creates and destroys that are not answered yet.
        package var callsUnderWay: Int
        /// Nodes on their way up or out.
        package var moving: [Node]
        package var storeFailure: StoreFailure?
        /// The commit of the spec that was planned for.
        package var commit: GitCommit?
    }
}
