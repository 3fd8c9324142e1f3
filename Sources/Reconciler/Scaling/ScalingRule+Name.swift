extension ScalingRule {
    /// The rule in the words of the spec, by which it is known in plans, histories and reports:
    /// `connections.subscriber target 60%`, `scaleOut avg(cpu.system.load) > 0.8`.
    package var name: String {
        switch self {
        case .target(let metric, let target, _): "\(metric) target \(target)"
        case .watermarks(let metric, let high, let low, _): "\(metric) high \(high) low \(low)"
        case .expression(let out, let back, let step, _):
            ([out.map { "scaleOut \($0.text)" }, back.map { "scaleIn \($0.text)" }].compactMap { $0 }
                + (step == 1 ? [] : ["step \(step)"])).joined(separator: ", ")
        }
    }

    /// How long it must ask for a change.
    package var periods: Periods {
        switch self {
        case .target(_, _, let periods), .watermarks(_, _, _, let periods), .expression(_, _, _, let periods): periods
        }
    }
}
