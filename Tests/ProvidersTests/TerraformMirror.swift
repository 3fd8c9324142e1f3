import Foundation

/// Providers of Terraform that lie on this machine: neither Debian nor PyPI has any, so most machines have none.
enum TerraformMirror {
    /// A directory with AWS's provider in it, as Terraform's own mirrors are laid out; nil where there is none.
    static let place: String? = {
        let files = FileManager.default
        let opt = ((try? files.contentsOfDirectory(atPath: "/opt")) ?? []).map { "/opt/\($0)" }
        let own = NSHomeDirectory() + "/.terraform.d/plugins"
        return (["/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins", own] + opt)
            .first { place in
                // Below the mirror lies a directory by the name of a registry.
                ((try? files.contentsOfDirectory(atPath: place)) ?? [])
                    .contains { files.fileExists(atPath: "\(place)/\($0)/hashicorp/aws") }
            }
    }()

    /// What `TF_CLI_CONFIG_FILE` says, so that providers come from there alone.
    static func settings(_ place: String) -> String {
        "provider_installation {\n  filesystem_mirror { path = \"\(place)\" }\n}\n"
    }
}
