extension Double {
    /// As a person writes it: whole numbers without a point, others with at most three decimals.
    package var short: String {
        let thousandths = (self * 1000).rounded() / 1000
        return thousandths == thousandths.rounded() && abs(thousandths) < 1e15
            ? "\(Int64(thousandths))" : "\(thousandths)"
    }
}
