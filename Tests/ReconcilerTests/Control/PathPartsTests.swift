import Reconciler
import Testing

@Suite("The parts of a path")
struct PathPartsTests {
    @Test(
        "are those that a shell would name",
        arguments: [
            ("a/b", "a", "b"), ("a/b/", "a", "b"), ("/a", "/", "a"), ("/", "/", "/"), ("//a", "/", "a"), ("d", "", "d"),
            ("d/", "", "d"), ("./d", ".", "d"), ("", "", ""), ("data", "", "data"), ("a//b", "a", "b"),
            ("../x/y.yaml", "../x", "y.yaml"), ("é/ü", "é", "ü"),
        ])
    func parts(_ path: String, _ directory: String, _ name: String) {
        #expect(PathParts.directory(of: path) == directory && PathParts.name(of: path) == name)
    }
}
