/// "Did you mean": the nearest of some known words.
package enum Suggestion {
    /// The known word nearest to a misspelt one; nil when none is near. Case does not count.
    package static func nearest(to word: String, among known: [String]) -> String? {
        // Longer words are no misspelling of ours, and the comparison takes time by their length.
        guard word.utf8.count <= 40 else { return nil }
        let letters = Array(word.lowercased().utf8)
        let allowed = letters.count <= 2 ? 1 : max(1, min(3, letters.count / 3 + (letters.count > 3 ? 1 : 0)))
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = distance(letters, Array(candidate.lowercased().utf8))
            if distance <= allowed, distance < best?.distance ?? .max, distance < letters.count {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// That there is no such thing, and which one may be meant: `there is no role 'egde' in 'live'; did you mean 'edge'?`
    package static func noSuch(_ noun: String, _ name: String, in place: String = "", among known: [String]) -> String {
        var text = "there is no \(noun) '\(name)'\(place.isEmpty ? "" : " in \(place)")"
        if let near = nearest(to: name, among: known) {
            text += "; did you mean '\(near)'?"
        } else if !known.isEmpty, known.count <= 12 {
            text += "; known are \(known.joined(separator: ", "))"
        }
        return text
    }

    /// Edits from one word to another: insert, delete, replace, or swap of neighbours (optimal string alignment).
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in 1...left.count {
            var row = [i] + Array(repeating: 0, count: right.count)
            for j in 1...right.count {
                let same = left[i - 1] == right[j - 1]
                row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
