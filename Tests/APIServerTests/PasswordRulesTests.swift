import Crypto
import Testing

@testable import APIServer

@Suite("Passwords")
struct PasswordRulesTests {
    @Test(
        "that are tried first are refused",
        arguments: [
            ("short", "ann", "has 5 characters"), ("elevenchars", "ann", "has 11 characters"),
            ("Password1234", "ann", "a common word"), ("p@ssw0rd2024!", "ann", "a common word"),
            ("PASSWORDPASSWORD", "ann", "tried first"), ("iloveyouforever", "ann", "tried first"),
            ("correcthorsebatterystaple", "ann", "tried first"), ("Correct Horse Battery Staple", "ann", "tried first"),
            ("administrator", "ann", "tried first"), ("letmein12345678", "ann", ""),
            ("Welcome2024!!", "ann", "a common word"),
            ("aaaaaaaaaaaaaaaa", "ann", "only 1 different"), ("ababababababab", "ann", "only 2 different"),
            ("abc123abc123abc123", "ann", "repeats 'abc123'"), ("123456789012", "ann", "sequence"),
            ("abcdefghijkl", "ann", "sequence"), ("zyxwvutsrqpo", "ann", "sequence"),
            ("qwertyuiop12", "ann", "sequence"),
            ("1q2w3e4r5t6y", "ann", "sequence"), ("qwerty123456", "ann", "sequence"),
            ("1qaz2wsx3edc", "ann", "sequence"),
            ("smreconcile1!", "ann", "the name of this program"),
            ("SMReconcile2026", "ann", "the name of this program"),
            ("annabella2024", "annabella", "the user's name"), ("4nnabe11a-2024", "annabella", "the user's name"),
            ("streammanager", "ann", "tried first"), ("pass\u{0}word and more", "ann", "control characters"),
            (String(repeating: "xkcd-", count: 300), "ann", ""),
        ])
    func refused(_ password: String, _ user: String, _ words: String) throws {
        let fault = try #require(PasswordRules.fault(password, of: user), "'\(password.prefix(40))' is taken")
        #expect(fault.contains(words), "\(fault)")
        // What is said goes to a log of the caller's perhaps: no more of it than what repeats.
        #expect(!fault.contains(password))
    }

    @Test(
        "that are good are taken",
        arguments: [
            "correct horse", "vier blaue Elefanten", "tH9$kq2!vL0z", "пароль из трёх слов", "une bonne phrase de passe",
            "purple-monkey-dishwasher", "🇮🇪🇩🇪🇫🇷🇪🇸🇮🇹🇵🇹", "i like smreconcile a lot", "given-by-the-operator",
        ])
    func taken(_ password: String) {
        #expect(PasswordRules.fault(password, of: "admin") == nil)
    }

    @Test("that this program draws are always taken")
    func drawn() {
        for _ in 0..<500 {
            let password = SecureRandom.password()
            #expect(PasswordRules.fault(password, of: "admin") == nil, "\(password)")
        }
    }
}
