extension Shape where Value == CapacityLimit {
    private struct Draft: Sendable {
        var expression: Expression?
        var below: Double?
    }

    /// `{expression: cpu.system.load, below: 0.9}`.
    static let capacityLimit = Shape<Draft>.object("capacity limit", make: { Draft() }) { fields in
        fields.add(
            "expression", .capacityExpression, "Over one node's metrics.", example: "cpu.system.load", required: true
        ) { $0.expression = $1 }
        fields.add(
            "below", .positive, "It takes clients only while the value is below this.", example: 0.9, required: true,
            synonyms: ["limit", "max", "threshold"]
        ) { $0.below = $1 }
    }.map { draft, _, _ -> CapacityLimit? in
        guard let expression = draft.expression, let below = draft.below else { return nil }
        return CapacityLimit(expression: expression, below: below)
    }
}
