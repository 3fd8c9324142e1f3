/// Which passwords are good enough: long, and none of those that are tried first (NIST SP 800-63B section 5.1.1.2, by which each Unicode
/// code point is a character). There are no rules on kinds of characters: they make `Password1234!`, which is refused here.
package enum PasswordRules {
    /// Code points at least.
    package static let minimumLength = 12
    /// Code points at most.
    package static let maximumLength = 1024
    /// Different characters at least.
    private static let minimumVariety = 6
    /// What must be left of a password without the name of the user, the product's, or a common word.
    private static let minimumRest = 8
    /// What repeats must be at least this long.
    private static let minimumPeriod = 8
    /// Neighbours in the alphabet or on a keyboard are a run from this length on.
    private static let runLength = 4

    /// Why a password is refused, in words for its owner that end the sentence "the password"; nil for a good one.
    package static func fault(_ password: String, of user: String) -> String? {
        let length = password.unicodeScalars.count
        guard length >= minimumLength else {
            return "has \(length) characters; \(minimumLength) are needed: four random words are a good one"
        }
        guard length <= maximumLength else { return "is longer than \(maximumLength) characters" }
        if password.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "has control characters"
        }
        let plain = Array(password.lowercased())
        if Set(plain).count < minimumVariety { return "has only \(Set(plain).count) different characters" }
        if let period = period(of: plain), period < minimumPeriod {
            return "repeats '\(String(password.prefix(period)))'"
        }
        let inRuns = runs(in: plain)
        if plain.count - inRuns < minimumVariety { return "is a sequence, such as 1234 or qwerty" }
        let read = unmasked(plain)
        if CommonPasswords.whole.contains(read) || CommonPasswords.whole.contains(String(plain)) {
            return "is one of those that are tried first"
        }
        for (word, what) in words(user) {
            let rest = read.replacing(word, with: "")
            if rest.count < read.count, rest.count - inRuns < minimumRest { return "is little more than \(what)" }
        }
        return nil
    }

    private static func words(_ user: String) -> [(String, String)] {
        let name = unmasked(Array(user.lowercased()))
        var words = CommonPasswords.words.map { ($0, "a common word") }
        words.insert((unmasked(Array("smreconcile")), "the name of this program"), at: 0)
        if name.count >= 3 { words.insert((name, "the user's name"), at: 0) }
        return words
    }

    /// The letters that signs stand for, as in `p@ssw0rd`.
    static func unmasked(_ characters: [Character]) -> String {
        String(characters.map { masks[$0] ?? $0 })
    }

    private static let masks: [Character: Character] = [
        "0": "o", "1": "i", "!": "i", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s", "7": "t", "l": "i",
    ]

    /// The length of what a text is a repetition of, at least twice; nil when it is none.
    private static func period(of text: [Character]) -> Int? {
        (1...max(1, text.count / 2)).first { period in
            text.indices.dropFirst(period).allSatisfy { text[$0] == text[$0 - period] }
        }
    }

    /// How many characters are in runs, up or down.
    private static func runs(in text: [Character]) -> Int {
        var total = 0
        var start = 0
        while start < text.count {
            var best = 1
            for line in lines {
                guard let place = line.firstIndex(of: text[start]) else { continue }
                for step in [1, -1] {
                    var length = 1
                    while start + length < text.count, line.indices.contains(place + step * length),
                        line[place + step * length] == text[start + length]
                    {
                        length += 1
                    }
                    best = max(best, length)
                }
            }
            if best >= runLength { total += best }
            start += best >= runLength ? best : 1
        }
        return total
    }

    /// The alphabet, digits, and the rows and columns of keyboards.
    private static let lines: [[Character]] = [
        "abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop",
        "1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0",
        "zaq12wsxcde3", "!@#$%^&*()",
    ].map { Array($0) }
}

/// The passwords that are tried first, as they look with their signs read as letters (`PasswordRules.unmasked`). Compiled from the
/// commonest of 12 characters and more in published lists of leaked passwords.
enum CommonPasswords {
    /// Refused as they are.
    static let whole: Set<String> = Set(
        [
            "administrator", "administrador", "alexanderthegreat", "allyouneedislove", "areyoukidding", "backspace123",
            "basketball12", "billgates123", "bismillah123", "bitemyshinymetal", "californication", "chocolate123",
            "christopher1", "computer1234", "correcthorsebatterystaple", "correct horse battery staple",
            "defaultpassword",
            "donotdisturb", "dragonballz1", "enterpassword", "everythingisfine", "facebook1234", "footballfootball",
            "forgetmenot1", "forgotpassword", "fuckyoufuckyou", "gobbledygook", "godisgood123", "googlegoogle",
            "hellohellohello", "helloworld12", "helloworld123", "iamthebest12", "idontknow123", "iforgotmypassword",
            "ihatepasswords", "iloveyou1234", "iloveyoubaby", "iloveyouforever", "iloveyousomuch", "internet1234",
            "inthebeginning", "jesuschrist1", "jesusislord1", "jesuslovesme", "justinbieber", "leavemealone",
            "letmeinletmein", "letmeinplease", "linkedin1234", "liverpool123", "livestreaming", "loveisintheair",
            "loveyouforever", "manchesterunited", "masterpassword", "mississippi1", "motherfucker", "mynameisjeff",
            "mypassword12", "mypassword123", "newpassword1", "newpassword123", "nopasswordneeded", "nothingtohide",
            "onceuponatime", "onedirection1", "opensesame123", "passwordpassword", "passw0rdpassw0rd", "playstation3",
            "pleaseletmein", "pneumonoultramicroscopicsilicovolcanoconiosis", "princess1234", "rememberthis1",
            "rollercoaster", "rootrootroot", "rumpelstiltskin", "schokolade123", "secretpassword", "september2023",
            "servicemanager", "shakespeare1", "slipknot1234", "spongebob123", "startrekking", "starwarsfan1",
            "streammanager", "sunshine1234", "superman1234", "supercalifragilisticexpialidocious", "sweethearts1",
            "systemadministrator", "temppassword", "temporary123", "testingtesting", "testtesttest", "thebigbangtheory",
            "thequickbrownfox", "thisisapassword", "thisismypassword", "thunderbird1", "timberlake12", "tobeornottobe",
            "trustnoone12", "trustnoonetrustnoone", "unbelievable", "undertaker12", "valentine123", "welcome12345",
            "welcometohell", "welcomewelcome", "whatever1234", "whatsmypassword", "whoopsadaisy", "winteriscoming",
            "wordpasswordpass", "yourpassword", "youshallnotpass",
        ].map { PasswordRules.unmasked(Array($0)) })

    /// Refused with less than eight other characters around them.
    static let words: [String] = [
        "password", "passwort", "contrasena", "motdepasse", "welcome", "letmein", "changeme", "qwerty", "administrator",
        "admin", "iloveyou", "secret", "default", "monkey", "dragon", "football", "baseball", "superman", "sunshine",
        "princess", "summer", "winter", "spring", "autumn", "streaming", "streammanager", "manager",
    ].map { PasswordRules.unmasked(Array($0)) }
}
