import Testing

@testable import Reconciler

@Suite("Reserved scopes")
struct ReservedScopeTests {
    @Test("are the words of the API's paths, alone or before a slash", arguments: ReservedScope.all)
    func words(_ word: String) {
        #expect(ReservedScope.contains(word))
        #expect(ReservedScope.contains("\(word)/a"))
        #expect(ReservedScope.contains("\(word)/"))
        for other in [
            "\(word)s", "\(word)s/a", "a/\(word)", String(word.dropLast()), word.uppercased(), "/\(word)", "",
        ] {
            #expect(!ReservedScope.contains(other), "\(other)")
        }
    }
}
