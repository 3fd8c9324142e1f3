extension Duration {
    /// Reads a duration as a spec writes it: `90s`, `1h30m`; nil when the text is none.
    package init?(specText text: String) {
        guard let value = DurationText.parse(text) else { return nil }
        self = value
    }
}
