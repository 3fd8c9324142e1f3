extension Shape where Value == String {
    /// The path of a file. One that is relative is found beside the spec file, as the paths of providers are: what is read has that file's
    /// directory in it. In a spec from standard input it is seen from where the manager was started.
    static let path = Shape.text.map { text, _, context -> String? in
        guard !text.hasPrefix("/"), let slash = context.source.name.lastIndex(of: "/") else { return text }
        return "\(context.source.name[...slash])\(text)"
    }
}
