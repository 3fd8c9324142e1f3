/// What a probe's results in a row amount to by its thresholds.
package enum ProbeStanding: Sendable, Equatable {
    /// Not enough results in a row for anything else.
    case undecided
    /// As many successes as bring a node into service.
    case well
    /// As many failures as make it suspect.
    case suspect
    /// As many failures as are a fault.
    case fault
}

extension ProbeSpec {
    /// What a record amounts to; nil: no result yet.
    package func standing(_ record: ProbeRecord?) -> ProbeStanding {
        guard let record else { return .undecided }
        if record.failures >= faultThreshold { return .fault }
        if record.failures >= suspectThreshold { return .suspect }
        return record.successes >= successThreshold ? .well : .undecided
    }
}
