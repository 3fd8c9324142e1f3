internal import Foundation
internal import FoundationXML

/// An element of an XML document: its name, its children and its text. Attributes are of no interest here.
struct XMLTree: Sendable, Equatable {
    var name: String
    var children: [XMLTree] = []
    /// Without white space around it.
    var text = ""

    /// Answers of EC2 are some ten levels deep.
    static let maximumDepth = 64

    /// The document's root; nil when it is not well-formed, nested deeper than ``maximumDepth``, or declares entities.
    static func parse(_ data: Data) -> XMLTree? {
        // Ours never have a document type: entities that grow without bound are declared in one.
        guard data.range(of: Data("<!DOCTYPE".utf8)) == nil else { return nil }
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        let builder = XMLTreeBuilder()
        parser.delegate = builder
        guard parser.parse() else { return nil }
        return builder.root
    }

    /// The first child of that name.
    subscript(name: String) -> XMLTree? { children.first { $0.name == name } }

    /// The text of the first child of that name, if it is not empty.
    func text(_ name: String) -> String? {
        self[name].flatMap { $0.text.isEmpty ? nil : $0.text }
    }

    /// The `item` elements of the first child of that name: how EC2 writes lists.
    func items(_ name: String) -> [XMLTree] {
        self[name]?.children.filter { $0.name == "item" } ?? []
    }
}

/// Puts the tree together while the parser runs.
private final class XMLTreeBuilder: NSObject, XMLParserDelegate {
    private(set) var root: XMLTree?
    /// From the root to the element that is open.
    private var open: [XMLTree] = []

    func parser(
        _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        guard open.count < XMLTree.maximumDepth else { return parser.abortParsing() }
        open.append(XMLTree(name: elementName))
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if !open.isEmpty { open[open.count - 1].text += string }
    }

    func parser(
        _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName: String?
    ) {
        guard var closed = open.popLast() else { return }
        closed.text = closed.text.trimmingCharacters(in: .whitespacesAndNewlines)
        if open.isEmpty { root = closed } else { open[open.count - 1].children.append(closed) }
    }
}
