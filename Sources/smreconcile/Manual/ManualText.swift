/// What the manual says beside the command table.
enum ManualText {
    /// The exit codes, with what they mean.
    static let exitCodes: [(code: Int32, words: String)] = [
        (ExitCode.done, "Done. Of status: all is well, or on its way by itself."),
        (ExitCode.failed, "It failed; the reason is on standard error. Of doctor: something failed."),
        (ExitCode.changes, "With --detailed-exitcode: of plan there are changes, of status something is on its way."),
        (ExitCode.unwell, "Of status: something is wrong, or waits for a person."),
        (ExitCode.usage, "The command line cannot be understood."),
        (ExitCode.unreachable, "The manager was not reached."),
        (130, "Ended by an interrupt, as Ctrl-C sends it."),
        (143, "Ended by TERM."),
    ]

    /// The variables that are read.
    static let environment: [(name: String, words: String)] = [
        ("SMRECONCILE_SERVER", "The manager's address, where --server does not say."),
        ("SMRECONCILE_TOKEN", "The token that is sent, in place of the stored one of login."),
        ("SMRECONCILE_CA", "A PEM file of authorities that are believed beside the system's."),
        (
            "SMRECONCILE_CLIENT_CERTIFICATE, SMRECONCILE_CLIENT_KEY",
            "The client's own certificate and its key, for a manager that asks for one."
        ),
        (
            "SMRECONCILE_ADMIN_PASSWORD",
            "The password of admin at the first start of a manager, in place of a drawn one."
        ),
        ("STATE_DIRECTORY", "The data directory of a service, as systemd sets it; --data stands above it."),
        ("NO_COLOR", "Where it is set and not empty, nothing is coloured (https://no-color.org)."),
        ("TERM", "Where it is dumb, nothing is coloured or drawn over."),
        ("XDG_CONFIG_HOME, HOME", "Where the login is kept."),
    ]

    /// The files that are read and written.
    static let files: [(name: String, words: String)] = [
        ("~/.config/smreconcile/credentials.json", "The login: a server and its tokens, for its owner alone."),
        ("DATA/smreconcile.db", "The database of a manager; DATA is ./data, or /var/lib/smreconcile as a service."),
        ("DATA/lock", "Held by the one process that works with the database; it has the process id."),
        ("DATA/providers.json", "The type of each provider and the places of its nodes."),
    ]

    /// What one does with it, the words first.
    static let examples: [(words: String, command: String)] = [
        (
            "Write a starter spec, check it and see what it would make:",
            "smreconcile init fleet\nsmreconcile validate -f fleet\nsmreconcile plan -f fleet"
        ),
        (
            "See whether this machine is fit for a manager, and run one:",
            "smreconcile doctor -f fleet\nsmreconcile run -f fleet"
        ),
        ("Log in, and see at a glance what is wrong:", "smreconcile login\nsmreconcile status"),
        (
            "Ask in a script, and say so when a person should look:",
            "smreconcile status >report || mail -s 'fleet' ops@example.org <report"
        ),
        ("Watch a rolling change:", "smreconcile get nodes --watch"),
        ("Complete commands and names in bash:", "source <(smreconcile completion bash)"),
    ]
}
