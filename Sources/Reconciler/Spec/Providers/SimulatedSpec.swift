/// A provider without a cloud: instances are records in memory that boot, report load and fail as told.
package struct SimulatedSpec: Sendable, Equatable {
    /// From create to the first heartbeat.
    package var boot: Duration = .seconds(2)
    package var seed: UInt64 = 1
    package var load = Load()
    package var failures = Failures()

    /// What its nodes report beside the publishers and viewers that were assigned to them.
    package struct Load: Sendable, Equatable {
        /// From assignment to the client's being connected.
        package var connectAfter: Duration = .milliseconds(500)
        /// How long an assigned viewer or publisher stays; nil: until its node goes.
        package var stay: Duration?
        /// `cpu.system.load` of an idle node and of one at its capacity, 0...1.
        package var idleCPU: Double = 0.05
        package var fullCPU: Double = 0.9
        package init() {}
    }

    /// Probabilities 0...1, drawn from the seed.
    package struct Failures: Sendable, Equatable {
        /// A create is refused.
        package var create: Double = 0
        /// A create happens, and its answer is lost.
        package var createLost: Double = 0
        /// A list fails.
        package var list: Double = 0
        /// A list is cut short, and says so.
        package var listPartial: Double = 0
        /// A destroy fails.
        package var destroy: Double = 0
        /// A created node never sends a heartbeat.
        package var neverBoots: Double = 0
        /// A serving node dies, per node and minute.
        package var dies: Double = 0
        package init() {}
    }

    package init() {}
}
