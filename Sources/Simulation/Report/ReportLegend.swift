/// The key to a chart, with the number that matters beside each name.
struct ReportLegend {
    private var items = ""

    enum Swatch { case line, area, up, down, none }

    mutating func add(_ swatch: Swatch, style: String = "", _ words: String) {
        let drawing =
            switch swatch {
            case .line: "<path class=\"\(style)\" d=\"M0 12H60\"/>"
            case .area: "<path class=\"\(style)\" d=\"M0 2H60V22H0z\"/>"
            case .up: "<use href=\"#out\" x=\"30\" y=\"3\"/>"
            case .down: "<use href=\"#in\" x=\"30\" y=\"3\"/>"
            case .none: ""
            }
        let swatch = drawing.isEmpty ? "" : "<svg viewBox=\"0 0 60 24\" aria-hidden=\"true\">\(drawing)</svg>"
        items += "<li>\(swatch)\(ReportText.escape(words))</li>"
    }

    var html: String { "<ul class=\"legend\">\(items)</ul>" }
}
