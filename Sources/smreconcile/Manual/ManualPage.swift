/// The manual page, made of the command table (man(7), groff_man(7)).
enum ManualPage {
    /// The source of the page.
    static var text: String {
        var page: [String] = [
            ".\\\" Made by 'smreconcile manual'; do not edit.",
            ".TH SMRECONCILE 1 \"\" \"smreconcile \(VersionCommand.version)\" \"User Commands\"",
            ".SH NAME", "smreconcile \\- the open control plane for live-streaming clusters",
            ".SH SYNOPSIS", ".B smreconcile", ".I COMMAND", "[\\fIOPTIONS\\fR]",
            ".SH DESCRIPTION",
            escaped(
                "YAML says which media nodes should exist: origins, edges, relays and transcoders, in which regions and how many. "
                    + "A daemon, 'smreconcile run', makes it so through providers and keeps it so, and the API in the same process tells "
                    + "every publisher and every viewer which node to use. The other commands look into specs and into a running manager, "
                    + "and tell it what a person wants."),
            ".PP",
            escaped(
                "Options and words may be mixed. '--name VALUE' and '--name=VALUE' are the same; '--' ends the options. "
                    + "-f takes a file, a directory (its *.yaml and *.yml by name) or '-' for standard input. Tables go to a terminal no wider "
                    + "than it is, and into a pipe whole and without escape codes; -o json is for programs. Progress is on standard error."
            ),
            ".SH COMMANDS",
        ]
        for command in CommandTable.commands { page += section(command) }
        page.append(".SH EXIT STATUS")
        page += ManualText.exitCodes.flatMap { [".TP", ".B \($0.code)", escaped($0.words)] }
        page.append(".SH ENVIRONMENT")
        page += ManualText.environment.flatMap { [".TP", ".B \(escaped($0.name))", escaped($0.words)] }
        page.append(".SH FILES")
        page += ManualText.files.flatMap { [".TP", ".I \(escaped($0.name))", escaped($0.words)] }
        page.append(".SH EXAMPLES")
        for example in ManualText.examples {
            page += [".PP", escaped(example.words), ".PP", ".RS 4", ".nf"]
            page += example.command.split(separator: "\n").map { escaped(String($0)) }
            page += [".fi", ".RE"]
        }
        page += [".SH SEE ALSO", ".BR systemd.service (5),", ".BR nginx (8)"]
        return page.joined(separator: "\n") + "\n"
    }

    private static func section(_ command: any Command.Type) -> [String] {
        let usage = command.usage.isEmpty ? "" : " " + escaped(command.usage)
        let summary = command.summary.prefix(1).uppercased() + command.summary.dropFirst() + "."
        var lines = [
            ".SS \(escaped(command.name))", ".B smreconcile \(escaped(command.name))\(usage)", ".PP", escaped(summary),
        ]
        for option in command.options {
            let letter = option.letter.map { "\\-\($0), " } ?? ""
            let value = option.value.map { " \\fI\(escaped($0))\\fR" } ?? ""
            let help = option.help.prefix(1).uppercased() + option.help.dropFirst() + "."
            lines += [".TP", "\\fB\(letter)\\-\\-\(escaped(option.name))\\fR\(value)", escaped(help)]
        }
        return lines
    }

    /// Text that is shown as it is: a backslash, a hyphen that is one, and no request at the beginning of a line.
    static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("'", with: "\\(aq")
            .replacing("\"", with: "\\(dq").replacing("~", with: "\\(ti").replacing("^", with: "\\(ha")
        return plain.hasPrefix(".") ? "\\&" + plain : plain
    }
}
