internal import Foundation

/// The agent as a systemd unit: the same in the user-data of a new machine and in `packaging/systemd` for those who build images.
package enum AgentUnit {
    /// Its name.
    package static let name = "smreconcile-agent.service"
    /// Read by root alone; the unit hands the agent a copy (systemd.exec(5), LoadCredential=).
    package static let tokenFile = "/etc/smreconcile/token"
    /// `SMRECONCILE_SERVER` and `SMRECONCILE_NODE_ID`.
    package static let environmentFile = "/etc/smreconcile/agent.env"
    /// What an image says for itself: `SMRECONCILE_AGENT_OPTIONS="--statistics ..."`.
    package static let imageFile = "/etc/default/smreconcile-agent"

    /// The unit with the agent's options; without any those of ``imageFile`` are taken.
    package static func text(options: [String]) -> String {
        let words = options.isEmpty ? "$SMRECONCILE_AGENT_OPTIONS" : options.map(quoted).joined(separator: " ")
        return """
            [Unit]
            Description=smreconcile agent: reports for the media server of this machine
            Documentation=man:systemd.exec(5)
            Wants=network-online.target
            After=network-online.target

            [Service]
            EnvironmentFile=-\(imageFile)
            EnvironmentFile=\(environmentFile)
            LoadCredential=token:\(tokenFile)
            ExecStart=/usr/bin/smreconcile agent --token-file ${CREDENTIALS_DIRECTORY}/token \(words)
            Restart=always
            RestartSec=2
            DynamicUser=yes
            NoNewPrivileges=yes
            ProtectSystem=strict
            ProtectHome=yes
            PrivateDevices=yes
            PrivateTmp=yes
            ProtectProc=invisible
            ProtectKernelTunables=yes
            ProtectKernelModules=yes
            ProtectKernelLogs=yes
            ProtectControlGroups=yes
            ProtectClock=yes
            ProtectHostname=yes
            CapabilityBoundingSet=
            RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
            RestrictNamespaces=yes
            RestrictRealtime=yes
            LockPersonality=yes
            SystemCallArchitectures=native
            SystemCallFilter=@system-service
            UMask=0077

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// A word of ExecStart= as it stands: systemd takes `%` for a specifier and `$` for a variable there (systemd.service(5), "Command
    /// lines").
    static func quoted(_ word: String) -> String {
        quotedVariable(word.replacingOccurrences(of: "%", with: "%%").replacingOccurrences(of: "$", with: "$$"))
    }

    /// A value of one line of an environment file as it stands (systemd.exec(5), EnvironmentFile=).
    static func quotedVariable(_ value: String) -> String {
        var text = ""
        for character in value {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
        return "\"\(text)\""
    }
}
