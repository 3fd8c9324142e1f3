internal import Reconciler

/// `smreconcile completion`: a script that makes a shell complete our words.
enum CompletionCommand: Command {
    static let name = "completion"
    static let summary = "prints the script that completes commands, options and names in bash, zsh or fish"
    static let usage = "bash|zsh|fish"
    static let options: [Option] = []
    static let words: [ValueKind] = [.words(Shell.allCases.map(\.rawValue))]

    enum Shell: String, CaseIterable {
        case bash, zsh, fish
    }

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        let known = Shell.allCases.map(\.rawValue)
        guard let word = arguments.positional.first else {
            throw UsageError("name the shell: \(known.joined(separator: ", "))")
        }
        guard arguments.positional.count == 1 else { throw UsageError("one shell at a time") }
        guard let shell = Shell(rawValue: word) else {
            let near = Suggestion.nearest(to: word, among: known)
            throw UsageError(
                "there is no completion for '\(word)'; "
                    + (near.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"))
        }
        console.write(script(shell))
        return ExitCode.done
    }

    /// The scripts hold no words of ours: they ask the program, so that they are right for every version of it.
    static func script(_ shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    private static let bash = #"""
        # Completion of smreconcile for bash, made by 'smreconcile completion bash'. For this shell alone:
        #     source <(smreconcile completion bash)
        # For all, with the package bash-completion:
        #     smreconcile completion bash > /etc/bash_completion.d/smreconcile
        _smreconcile() {
            local program=${COMP_WORDS[0]/#\~/$HOME} current=${COMP_WORDS[COMP_CWORD]} line
            local -a answer
            COMPREPLY=()
            mapfile -t answer < <("$program" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            [[ $current == = ]] && current=
            case ${answer[0]} in
            :files)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "$current")
                ;;
            :directories)
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -d -- "$current")
                ;;
            *)
                for line in "${answer[@]:1}"; do COMPREPLY+=("${line%%$'\t'*}"); done
                ;;
            esac
        }
        complete -F _smreconcile smreconcile

        """#

    private static let zsh = #"""
        #compdef smreconcile
        # Completion of smreconcile for zsh, made by 'smreconcile completion zsh'. For this shell alone:
        #     source <(smreconcile completion zsh)
        # For all, as a file of a folder in $fpath:
        #     smreconcile completion zsh > /usr/local/share/zsh/site-functions/_smreconcile
        _smreconcile() {
            local program=${~${(Q)words[1]}} line
            local -a answer values descriptions
            answer=("${(@f)$("$program" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
            case ${answer[1]} in
            :files)
                [[ ${words[CURRENT]} == --*=* ]] && compset -P '*='
                _files
                ;;
            :directories)
                [[ ${words[CURRENT]} == --*=* ]] && compset -P '*='
                _files -/
                ;;
            *)
                for line in "${(@)answer[2,-1]}"; do
                    [[ -n $line ]] || continue
                    values+=("${line%%$'\t'*}")
                    descriptions+=("${line/$'\t'/  -- }")
                done
                (( $#values )) && compadd -l -d descriptions -a values
                ;;
            esac
        }
        if [[ ${funcstack[1]} == _smreconcile ]]; then
            _smreconcile "$@"
        else
            (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
            compdef _smreconcile smreconcile
        fi

        """#

    private static let fish = #"""
        # Completion of smreconcile for fish, made by 'smreconcile completion fish'. For this shell alone:
        #     smreconcile completion fish | source
        # For all of yours:
        #     smreconcile completion fish > ~/.config/fish/completions/smreconcile.fish
        function __smreconcile_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l answer ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
            switch "$answer[1]"
                case ':files'
                    __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current")
                case ':directories'
                    __fish_complete_directories (string replace -r '^--[^=]*=' '' -- "$current")
                case '*'
                    test (count $answer) -gt 1; and printf '%s\n' $answer[2..-1]
            end
        end
        complete -c smreconcile -f -a '(__smreconcile_complete)'

        """#
}
