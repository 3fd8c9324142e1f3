import Foundation

/// The links of a page to others and to headings.
enum PageLinks {
    /// Every link that stays within the repository, with its line.
    static func all(of page: Page) -> [(line: Int, link: String)] {
        page.lines.enumerated().flatMap { index, line -> [(Int, String)] in
            if page.blocks.contains(where: { ($0.start..<$0.end).contains(index) }) { return [] }
            return line.ranges(of: "](").compactMap { mark in
                let link = line[mark.upperBound...].prefix { $0 != ")" }
                return link.contains("://") || link.hasPrefix("mailto:") ? nil : (index, String(link))
            }
        }
    }

    /// Why a link leads nowhere; nil when it does not.
    static func problem(of link: String, on page: Page) throws -> String? {
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var target = page
        if !parts[0].isEmpty {
            let folder = URL(fileURLWithPath: "/" + page.name).deletingLastPathComponent()
            let path = String(folder.appendingPathComponent(parts[0]).standardizedFileURL.path.dropFirst())
            guard FileManager.default.fileExists(atPath: Workspace.repository + "/" + path) else {
                return "is not there"
            }
            guard parts.count > 1 else { return nil }
            target = try Page(file: path)
        }
        guard parts.count > 1 else { return nil }
        return anchors(of: target).contains(parts[1]) ? nil : "has no such heading"
    }

    /// The anchors of the headings of a page, as forges make them: lower case, spaces as '-', and of all other signs only '-' and '_'.
    private static func anchors(of page: Page) -> [String] {
        page.lines.filter { $0.hasPrefix("#") && $0.contains("# ") }.map { line in
            let title = line.drop { $0 == "#" }.dropFirst().lowercased()
            return String(
                title.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil })
        }
    }
}
