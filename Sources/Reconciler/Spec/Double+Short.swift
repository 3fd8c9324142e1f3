extension Double {
    /// As a person writes it: whole numbers without a point, others with at most three decimals.
    package var short: String {
        guard abs(self) < 1e15 else { return "\(self)" }
        let thousandths = (self * 1000).rounded() / 1000
        return thousandths == thousandths.rounded() ? "\(Int64(thousandths))" : "\(thousandths)"
    }
}
