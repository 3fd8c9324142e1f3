import Foundation
import Testing

@testable import Reconciler

/// Specs that are wrong, each line with what is wrong in a comment.
///
/// A marker at the end of a line, `# ^ message`, is about that line. A marker on a line of its own is about the line
/// above, at the column of its caret. A message stands for every one that begins with it; every message needs a marker.
@Suite struct SpecFixtureTests {
    struct Marker: Equatable {
        var line: Int
        /// Nil: anywhere on the line.
        var column: Int?
        var text: String
    }

    static var cases: [String] {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: SpecFixtures.folder.appendingPathComponent("errors").path)
        return (names ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    static func markers(_ text: String) -> [Marker] {
        var markers: [Marker] = []
        var subject = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard let hash = line.range(of: #"#\s*\^ "#, options: .regularExpression) else {
                subject = index + 1
                continue
            }
            let isOwnLine = line[..<hash.lowerBound].allSatisfy { $0 == " " }
            if !isOwnLine { subject = index + 1 }
            let caret = line.distance(from: line.startIndex, to: hash.upperBound) - 1
            for part in line[hash.upperBound...].components(separatedBy: " ^ ") {
                markers.append(Marker(line: subject, column: isOwnLine ? caret : nil, text: part))
            }
        }
        return markers
    }

    @Test(arguments: cases) func `every error is found where its marker is, and no other`(name: String) throws {
        let text = try SpecFixtures.text("errors/\(name)")
        var left = SpecFixtureTests.markers(text)
        #expect(!left.isEmpty)
        let reading = SpecReader.read([SpecSource(name: name, text: text)])
        #expect(reading.spec == nil || reading.errors.isEmpty)
        for diagnostic in reading.diagnostics {
            let said = diagnostic.description.dropFirst(diagnostic.location.description.count + 2)
            let match = left.firstIndex { marker in
                marker.line == diagnostic.location.line && said.hasPrefix(marker.text)
                    && (marker.column == nil || marker.column == diagnostic.location.column)
            }
            if let match {
                left.remove(at: match)
            } else {
                Issue.record("no marker for: \(diagnostic.rendered)")
            }
        }
        #expect(left == [])
    }

    @Test func `there are fixtures`() {
        #expect(SpecFixtureTests.cases.count >= 8)
    }
}
