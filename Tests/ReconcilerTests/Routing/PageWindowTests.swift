import Testing

@testable import Reconciler

@Suite("Pages of long lists")
struct PageWindowTests {
    @Test("walking the pages gives every member once, in order, however the list lies and however long a page is")
    func walk() {
        let seed = SpecFuzzTests.seed
        var random = SeededRandom(seed: seed)
        for round in 0..<200 {
            let all = Array(
                Set((0..<Int.random(in: 0...60, using: &random)).map { _ in Int.random(in: 0...99, using: &random) }))
            let limit = Int.random(in: 1...12, using: &random)
            var seen: [Int] = []
            var after: Int?
            while true {
                var window = PageWindow<Int, String>(limit: limit, after: after)
                for key in all.shuffled(using: &random) where window.isAfterMark(key) && window.admits(key) {
                    window.add(key, "\(key)")
                }
                let (members, hasMore) = window.page()
                seen += members.map(\.key)
                #expect(members.allSatisfy { $0.value == "\($0.key)" })
                if !hasMore { break }
                #expect(members.count == limit, "a page that is not the last is full (SEED=\(seed), round \(round))")
                after = members.last?.key
            }
            #expect(seen == all.sorted(), "SEED=\(seed), round \(round)")
        }
    }

    @Test(
        "a star stands for any run of characters, everything else for itself",
        arguments: [
            ("a", "a", true), ("a", "ab", false), ("a*", "ab", true), ("a*", "a", true), ("a*", "ba", false),
            ("*", "", true), ("", "", true), ("", "a", false), ("*b", "ab", true), ("*b", "ba", false),
            ("a*b*c", "a-b-c", true), ("a*b*c", "abc", true), ("a*b*c", "acb", false), ("a*a", "a", false),
            ("a*a", "aa", true), ("**x**", "x", true), ("a.b", "axb", false), ("A*", "ab", false),
            ("*é*", "cafés", true),
            ("a/*", "a/b/c", true), ("*ab*ab", "abab", true), ("*ab*ab", "aab", false),
        ])
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamePattern(pattern).matches(name) == matches)
    }

    @Test("a pattern made to be slow is not")
    func slowPattern() {
        // Exponential for a matcher that tries every split.
        let pattern = NamePattern(String(repeating: "a*", count: 120) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 256)))
    }
}
