import Foundation
import Testing

@testable import Simulation

@Suite("The style of the report")
struct ReportStyleTests {
    enum Scheme: String, CaseIterable { case light, dark }

    /// WCAG 2.2, success criterion 1.4.3: 4.5 to 1 for text.
    @Test("keeps the contrast of text on each of its grounds", arguments: Scheme.allCases)
    func textContrast(_ scheme: Scheme) throws {
        let colours = Self.colours(scheme)
        for text in ["text", "soft", "blue", "bad", "good", "other"] {
            for ground in ["bg", "box"] {
                #expect(try Self.contrast(text, ground, colours) >= 4.5, "\(text) on \(ground)")
            }
        }
        for ground in ["badbox", "goodbox"] {
            #expect(try Self.contrast("text", ground, colours) >= 7, "text on \(ground)")
        }
    }

    /// WCAG 2.2, success criterion 1.4.11: 3 to 1 for what a chart is read by.
    @Test("keeps the contrast of lines, also over the area of viewers served", arguments: Scheme.allCases)
    func lineContrast(_ scheme: Scheme) throws {
        let colours = Self.colours(scheme)
        for line in ["blue", "brown", "violet", "other", "bad", "soft"] {
            for ground in ["bg", "area"] {
                #expect(try Self.contrast(line, ground, colours) >= 3, "\(line) on \(ground)")
            }
        }
    }

    /// The custom properties of one scheme; the light ones come first in the sheet, the dark ones second.
    private static func colours(_ scheme: Scheme) -> [String: String] {
        let roots = ReportStyle.css.components(separatedBy: ":root{").dropFirst().map { $0.prefix { $0 != "}" } }
        var colours: [String: String] = [:]
        for part in roots[scheme == .light ? 0 : 1].split(separator: ";") where part.hasPrefix("--") {
            let pair = part.dropFirst(2).split(separator: ":")
            colours[String(pair[0])] = String(pair[1])
        }
        return colours
    }

    private static func contrast(_ one: String, _ two: String, _ colours: [String: String]) throws -> Double {
        let lights = try [luminance(#require(colours[one])), luminance(#require(colours[two]))].sorted()
        return (lights[1] + 0.05) / (lights[0] + 0.05)
    }

    private static func luminance(_ colour: String) throws -> Double {
        var digits = String(colour.dropFirst())
        if digits.count == 3 { digits = digits.map { "\($0)\($0)" }.joined() }
        let value = try #require(Int(digits, radix: 16))
        let parts = [value >> 16, value >> 8 & 255, value & 255].map { Double($0) / 255 }
        let linear = parts.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}
