import Foundation

/// The rules for names of time zones: those of the IANA database, its links included.
///
/// Foundation also takes offsets such as `UTC+3`, which know no summer time, and abbreviations such as `PST`, which it reads as a place.
enum TimeZoneName {
    /// Whether it is a name of the database.
    static func isKnown(_ name: String) -> Bool {
        (name.contains("/") || plain.contains(name)) && TimeZone(identifier: name) != nil
    }

    /// What to write in place of a name that is not known.
    static func suggestion(for name: String) -> String {
        if let offset = offset(name) { return offset }
        if let place = TimeZone.abbreviationDictionary[name], isKnown(place) { return "did you mean '\(place)'?" }
        let near = Suggestion.nearest(to: name, among: TimeZone.knownTimeZoneIdentifiers)
        return near.map { "did you mean '\($0)'?" } ?? "write an IANA name such as Europe/Dublin"
    }

    /// `UTC+3`, `GMT-5`, `GMT+0300`, `+03:00`: the names under `Etc` count the other way round, as POSIX does.
    private static func offset(_ name: String) -> String? {
        var rest = name.uppercased()[...]
        for prefix in ["UTC", "GMT"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(3) }
        guard let sign = rest.first, sign == "+" || sign == "-" else { return nil }
        let digits = rest.dropFirst().filter { $0 != ":" }
        guard (1...4).contains(digits.count), let number = Int(digits), number >= 0 else { return nil }
        let (hours, minutes) = digits.count > 2 ? (number / 100, number % 100) : (number, 0)
        if hours == 0, minutes == 0 { return "write UTC" }
        let turned = "Etc/GMT\(sign == "+" ? "-" : "+")\(hours)"
        guard minutes == 0, isKnown(turned) else { return "write an IANA name such as Europe/Dublin" }
        return "write \(turned), whose sign is turned as in POSIX, or a place such as Europe/Dublin"
    }

    /// The names of the database without an area.
    private static let plain: Set<String> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]
}
