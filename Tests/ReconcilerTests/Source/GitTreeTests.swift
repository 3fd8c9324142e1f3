import Testing

@testable import Reconciler

/// Which entries of a commit are the spec.
@Suite struct GitTreeTests {
    private static func record(_ mode: String, _ type: String, _ size: String, _ name: [UInt8]) -> [UInt8] {
        Array("\(mode) \(type) \(String(repeating: "a", count: 40)) \(size)\t".utf8) + name + [0]
    }

    private static func file(_ name: String, size: String = "      12") -> [UInt8] {
        record("100644", "blob", size, Array(name.utf8))
    }

    @Test func `a listing is read`() throws {
        let listing =
            Self.file("g/a.yaml") + Self.record("120000", "blob", "      11", Array("g/b.yaml".utf8))
            + Self.record("160000", "commit", "       -", Array("g/c".utf8))
            + Self.record("040000", "tree", "       -", Array("g/d".utf8))
            + Self.record("100755", "blob", "       3", Array("g/".utf8) + [0xff, 0x1b, 0x0a] + Array(".yml".utf8))
        let entries = try #require(GitEntry.entries(of: listing))
        #expect(entries.map(\.kind) == [.file, .link, .submodule, .directory, .file])
        #expect(entries.map(\.name) == ["g/a.yaml", "g/b.yaml", "g/c", "g/d", "g/\u{fffd} .yml"])
        #expect(entries.map(\.isSpec) == [true, true, false, false, true])
        #expect(entries[0].size == 12 && entries[3].size == 0)
        #expect(GitEntry.entries(of: Array("fatal: no".utf8)) == nil)
        #expect(GitEntry.entries(of: []) == [])
    }

    private func tree(_ path: String, own: [UInt8] = [], _ members: [UInt8] = []) throws -> GitTree {
        var tree = GitTree()
        tree.add(
            path, own: try #require(GitEntry.entries(of: own)).first,
            members: try #require(GitEntry.entries(of: members)))
        return tree
    }

    private static let directory = record("040000", "tree", "       -", Array("g".utf8))

    @Test func `a directory gives its files, by name, without what is hidden`() throws {
        let members = Self.file("g/.x.yaml") + Self.file("g/a.yaml") + Self.file("g/b.txt") + Self.file("g/c.yml")
        let tree = try tree("g", own: Self.directory, members)
        #expect(tree.files.map(\.name) == ["g/a.yaml", "g/c.yml"] && tree.problems.isEmpty)
        #expect(try self.tree("", Self.file("a.yaml")).files.map(\.name) == ["a.yaml"])
        #expect(try self.tree("g/a.yaml", own: Self.file("g/a.yaml")).files.map(\.name) == ["g/a.yaml"])
    }

    @Test func `what cannot be read is a problem with its name`() throws {
        func words(_ tree: GitTree) -> [String] { tree.problems.map(\.description) }
        #expect(words(try tree("nope")) == ["nope: no such file or directory in this commit"])
        #expect(words(try tree("")) == ["the repository's root: no *.yaml or *.yml file in this directory"])
        let link = Self.record("120000", "blob", "      11", Array("g/b.yaml".utf8))
        #expect(words(try tree("g", own: Self.directory, link)).first?.hasPrefix("g/b.yaml: a symbolic link") == true)
        #expect(words(try tree("g/b.yaml", own: link)).first?.hasPrefix("g/b.yaml: a symbolic link") == true)
        let module = Self.record("160000", "commit", "       -", Array("g".utf8))
        #expect(words(try tree("g", own: module)).first?.hasPrefix("g: a submodule") == true)
        #expect(
            words(try tree("a.yaml", own: Self.file("a.yaml", size: "17000000"))).first?.contains(
                "the limit of one spec file") == true)
        let many = (0...GitTree.fileLimit).flatMap { Self.file("g/\($0).yaml") }
        #expect(
            words(try tree("g", own: Self.directory, many)) == [
                "g: 2001 files, and a spec may have 2000; put several documents into one"
            ])
        let large = (0..<5).flatMap { Self.file("g/\($0).yaml", size: "16000000") }
        let tree = try tree("g", own: Self.directory, large)
        #expect(tree.files.count == 4 && words(tree).first?.contains("the limit of one spec") == true)
    }

    @Test func `a pointer of LFS is no spec`() {
        let text = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
        #expect(
            GitTree.pointer(Array(text.utf8), name: "a.yaml")?.description.hasPrefix("a.yaml: a pointer of Git LFS")
                == true)
        #expect(GitTree.pointer(Array("kind: Manager".utf8), name: "a.yaml") == nil)
    }
}
