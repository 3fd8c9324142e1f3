/// A scaling expression, parsed when the spec is read.
package struct Expression: Sendable, Equatable {
    /// As written.
    package var text: String
    package init(text: String) { self.text = text }
}
