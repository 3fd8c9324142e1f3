internal import CPosixSpawn
internal import Glibc

/// What to start: a program with its own session, environment, directory and log.
package struct ChildProcess: Sendable {
    /// A path with a slash, or a name to look for in `PATH`.
    package var program: String
    /// Without the program's own name.
    package var arguments: [String]
    /// All of it: nothing of ours is passed on beside.
    package var environment: [String: String]
    /// Nil: ours.
    package var workingDirectory: String?
    /// Standard output and error go there, appended; nil: they are ours.
    package var log: String?
    /// A descriptor that standard error goes to, while standard output goes to ``output``; nil: as ``log`` says.
    package var errors: Int32?
    /// A descriptor that standard output goes to where ``errors`` is set; nil: nowhere.
    package var output: Int32?
    /// A descriptor that standard input comes from; nil: it is empty.
    package var input: Int32?
    /// Its own session: it outlives us and our terminal, and is signalled as a group.
    package var isDetached: Bool

    package init(
        program: String, arguments: [String], environment: [String: String], workingDirectory: String? = nil,
        log: String? = nil, errors: Int32? = nil, isDetached: Bool = true
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.log = log
        self.errors = errors
        self.isDetached = isDetached
    }

    /// Why a program did not start. The code is the kernel's.
    package struct Failure: Error, Sendable, Equatable {
        package var code: Int32
        package var message: String
    }

    /// Starts it and returns its process id, which is that of its session and group too when it is detached.
    ///
    /// No descriptor of ours but 0, 1 and 2 reaches it, whether marked close-on-exec or not: a node must hold neither
    /// the manager's listening socket nor its database's lock. Signals have their default meaning in it again.
    package func spawn() throws(Failure) -> Int32 {
        if let workingDirectory, !Files.isDirectory(workingDirectory) {
            throw Failure(code: ENOENT, message: "the working directory '\(workingDirectory)' is no directory")
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let log {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        if let errors {
            if let output {
                unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
            } else {
                unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            }
            unsafe posix_spawn_file_actions_adddup2(&actions, errors, 2)
        }
        if let workingDirectory {
            unsafe smr_spawn_add_chdir(&actions, workingDirectory)
        }
        unsafe smr_spawn_add_closefrom(&actions, 3)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        let session = isDetached ? smr_spawn_setsid() : Int16(POSIX_SPAWN_SETPGROUP)
        unsafe posix_spawnattr_setflags(
            &attributes, session | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let code = unsafe withCStrings([program] + arguments) { arguments in
            unsafe withCStrings(variables) { variables in
                unsafe posix_spawnp(&pid, program, &actions, &attributes, arguments, variables)
            }
        }
        guard code == 0 else {
            throw Failure(code: code, message: "cannot start '\(program)': \(SystemError.words(code))")
        }
        return pid
    }

    /// Takes a dead child of ours out of the process table; its wait status, or nil when it lives or is not ours.
    @discardableResult
    package static func reap(_ pid: Int32) -> Int32? {
        var status: Int32 = 0
        return unsafe waitpid(pid, &status, WNOHANG) == pid ? status : nil
    }

    /// Whether a child of ours has ended. It stays in the process table, and its number its own, until ``reap(_:)``.
    package static func hasEnded(_ pid: Int32) -> Bool {
        var info = unsafe siginfo_t()
        let code = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return unsafe code != 0 || info.si_signo != 0
    }

    /// `body` with the strings as C wants them: an array of pointers that ends with nil, valid during the call.
    private func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe pointers.withUnsafeBufferPointer { buffer in
            // Not empty: it holds at least the closing nil.
            unsafe body(buffer.baseAddress!)
        }
    }
}
