/// A line of a spec file with a place in it, cut to what a terminal can show.
package struct SourceExcerpt: Sendable, Equatable {
    /// The line, or the part of it around the place.
    package var text: String
    /// Characters before the place, within `text`.
    package var offset: Int

    /// Characters shown of a line that is longer.
    private static let width = 110
    /// Of these, before the place.
    private static let before = 60

    /// - Parameter column: counted from 1, in Unicode scalars, as libyaml does.
    package init(line: String, column: Int) {
        let scalars = Array(line.unicodeScalars)
        let place = Swift.min(Swift.max(column - 1, 0), scalars.count)
        guard scalars.count > Self.width else {
            text = line
            offset = place
            return
        }
        let start = Swift.max(0, Swift.min(place - Self.before, scalars.count - Self.width))
        let end = Swift.min(scalars.count, start + Self.width)
        var cut = String.UnicodeScalarView()
        cut.append(contentsOf: scalars[start..<end])
        text = (start > 0 ? "..." : "") + String(cut) + (end < scalars.count ? "..." : "")
        offset = place - start + (start > 0 ? 3 : 0)
    }

    /// The line and, under it, a caret at the place, each indented by four spaces. Tabs stay tabs in both lines, and
    /// wide characters take two columns, so that the caret stands right.
    package var rendered: String {
        var shown = String.UnicodeScalarView()
        var caret = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            let isControl = scalar.value < 0x20 && scalar != "\t" || scalar.value == 0x7F
            shown.append(isControl ? "\u{FFFD}" : scalar)
            guard index < offset else { continue }
            caret += scalar == "\t" ? "\t" : String(repeating: " ", count: Self.columns(of: scalar))
        }
        return "    \(String(shown))\n    \(caret)^"
    }

    /// Terminal columns of a scalar, after Unicode's East Asian Width (UAX #11) as far as whole blocks have it.
    private static func columns(of scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x300...0x36F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
