/// Grows by a step while one expression is true and shrinks by it while the other is; both at once grow.
///
/// The step counts from the nodes that carry load already: those that it started before and that are still coming count
/// towards it, so that a rule which stays true while they boot does not ask for more in every round.
struct ExpressionRule {
    let name: String
    let scaleOut: Expression?
    let scaleIn: Expression?
    let step: Int
    let periods: ScalingRule.Periods

    func verdict(_ input: RuleInput) -> RuleVerdict {
        let out = scaleOut.map { truth(of: $0, input) }
        let back = scaleIn.map { truth(of: $0, input) }
        var verdict = RuleVerdict(outcome: RuleOutcome(rule: name, value: nil, proposed: nil, reason: ""))
        if let out, let answer = out.answer { verdict.samples.append(.init(of: outName, value: answer ? 1 : 0)) }
        if let back, let answer = back.answer { verdict.samples.append(.init(of: inName, value: answer ? 1 : 0)) }
        let current = input.current
        let isTrue: (Double) -> Bool = { $0 > 1 - ReplicaArithmetic.rounding }
        if out?.answer == true {
            let count = max(current, input.load.warm + step)
            verdict.outcome.value = .word("scaleOut")
            verdict.outcome.proposed = count
            verdict.outcome.reason =
                "scaleOut '\(scaleOut?.text ?? "")' is true\(out?.numbers ?? ""): "
                + (count > current
                    ? "\(step) more than the \(input.load.warm) that carry load is \(count)"
                    : "the nodes on the way up come first: \(current) stay")
            if count > current, let waiting = input.history.missing(periods, of: outName, beyond: isTrue) {
                verdict.wait(at: current, waiting)
            }
            return verdict
        }
        let unknown = [out, back].compactMap { $0 }.filter { $0.answer == nil }
        if let first = unknown.first {
            verdict.isUnknown = true
            verdict.outcome.reason = "\(first.unknown); the count is held, and may not shrink"
            return verdict
        }
        if let back, back.answer == true {
            verdict.outcome.value = .word("scaleIn")
            let silent = scaleIn?.metrics.sorted().first { input.load.missing($0) > 0 }
            if let silent {
                verdict.isUnknown = true
                verdict.outcome.reason =
                    "scaleIn '\(scaleIn?.text ?? "")' is true\(back.numbers), but \(input.load.missing(silent)) of "
                    + "\(input.load.warm) nodes do not report \(silent): \(current) stay"
                return verdict
            }
            let count = max(current - step, 0)
            verdict.outcome.proposed = count
            verdict.outcome.reason =
                "scaleIn '\(scaleIn?.text ?? "")' is true\(back.numbers): \(current) less \(step) is \(count)"
            if let waiting = input.history.missing(periods, of: inName, beyond: isTrue) {
                verdict.wait(at: current, waiting)
            }
            return verdict
        }
        verdict.outcome.value = .word("neither")
        // A rule that can only grow says nothing about shrinking.
        verdict.outcome.proposed = scaleIn == nil ? nil : current
        let numbers = out?.numbers ?? back?.numbers ?? ""
        verdict.outcome.reason =
            scaleIn == nil
            ? "scaleOut '\(scaleOut?.text ?? "")' is false\(numbers): it asks for nothing"
            : "neither of its expressions is true\(numbers): \(current) stay"
        return verdict
    }

    private var outName: String { "\(name): out" }
    private var inName: String { "\(name): in" }

    private struct Truth {
        /// Nil: unknown.
        var answer: Bool?
        /// ` (avg(cpu.system.load) = 0.84)`.
        var numbers: String
        /// Why it is unknown.
        var unknown: String
    }

    private func truth(of expression: Expression, _ input: RuleInput) -> Truth {
        let shown = expression.parts.map { part in
            let value = part.aggregate.value(of: input.load.values(of: part.metric))
            return "\(part.text) \(value.map { "is \($0.short)" } ?? "is unknown")"
        }
        let numbers = shown.isEmpty ? "" : " (\(shown.joined(separator: ", ")))"
        guard case .truth(let answer) = expression.evaluate(over: input.load.values(of:)) else {
            let missing = expression.metrics.sorted().first { input.load.values(of: $0).isEmpty }
            let why = missing.map { "no node reports \($0)" } ?? "it divides by zero"
            return Truth(answer: nil, numbers: numbers, unknown: "'\(expression.text)' is unknown: \(why)")
        }
        return Truth(answer: answer, numbers: numbers, unknown: "")
    }
}
