/// The newest commit of what is followed, as git tells of it.
package struct GitSighting: Sendable, Equatable {
    /// How a commit stands to another one.
    package enum Step: Sendable, Equatable {
        /// There is no other.
        case first
        /// It is the same.
        case same
        /// It comes after it.
        case forward
        /// It comes before it: the branch was set back.
        case rewound
        /// Neither comes after the other, or the other is not there any more: the branch was force-pushed.
        case rewritten
    }

    /// What there is of a signature.
    package enum Signature: Sendable, Equatable {
        /// Nobody asks for one.
        case notAsked
        /// Of an allowed signer, by this name.
        case good(String)
        /// There is none.
        case missing
        /// There is one, and it does not count: in words, after `it`.
        case refused(String)
    }

    /// The commit.
    package var commit: GitCommit
    /// How it stands to the commit that was seen last.
    package var sinceSeen: Step
    /// How it stands to the commit in force.
    package var sinceInForce: Step
    /// Its signature.
    package var signature: Signature

    /// All of it.
    package init(commit: GitCommit, sinceSeen: Step, sinceInForce: Step, signature: Signature) {
        self.commit = commit
        self.sinceSeen = sinceSeen
        self.sinceInForce = sinceInForce
        self.signature = signature
    }
}

/// Whether the newest commit may come into force, and what is to be told of it. Its files are another matter.
package struct GitVerdict: Sendable, Equatable {
    /// Why it may not, in words; nil: it may.
    package var refusal: String?
    /// What happened to the history, for everyone to know; nil: it went on.
    package var notice: Event?

    /// Judges a commit.
    ///
    /// A rewind is followed: who may push may also take back, and it is how a bad change is undone in a hurry. But it is said loudly, since
    /// it is also how a change that was reviewed disappears; `isForwardOnly` refuses it.
    package static func of(
        _ sighting: GitSighting, on ref: GitRef, seen: GitCommit?, inForce: GitCommit?, isForwardOnly: Bool,
        at now: Timestamp
    ) -> GitVerdict {
        let commit = sighting.commit
        var verdict = GitVerdict()
        let isBackward = [.rewound, .rewritten].contains(sighting.sinceInForce)
        if isBackward, isForwardOnly {
            let how = sighting.sinceInForce == .rewound ? "comes before" : "does not come after"
            verdict.refusal =
                "it \(how) \(inForce?.words ?? "the commit in force"), and only what comes after it is followed "
                + "(--git-fast-forward-only)"
        }
        switch sighting.signature {
        case .notAsked, .good: break
        case .missing: verdict.refusal = "it is not signed, and only commits of the allowed signers are followed"
        case .refused(let why): verdict.refusal = "it \(why), and only commits of the allowed signers are followed"
        }
        let end = verdict.refusal == nil ? "it is followed" : "it is refused"
        let before = seen?.words ?? "the commit before"
        func notice(_ reason: String, _ message: String) -> Event {
            var event = Event(at: now, level: .warning, reason: reason, subject: GitVerdict.subject, message: message)
            event.commit = commit.mark
            return event
        }
        switch sighting.sinceSeen {
        case .first, .same, .forward: break
        case .rewound:
            verdict.notice = notice(
                "HistoryRewound", "\(ref) was set back from \(before) to the older \(commit.words); \(end)")
        case .rewritten:
            verdict.notice = notice(
                "HistoryRewritten",
                "\(ref) was force-pushed: \(before) is no part of it any more, \(commit.words) is; \(end)")
        }
        return verdict
    }

    /// The subject of events about the repository.
    package static let subject = "git"
}
