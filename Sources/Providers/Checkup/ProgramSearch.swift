internal import Glibc

/// Where a program is that a name stands for.
package enum ProgramSearch {
    /// A path as it is, a name in the folders of `path`, those apart by colons; nil when there is none that may be run.
    package static func find(_ name: String, in path: String) -> String? {
        if name.contains("/") { return unsafe access(name, X_OK) == 0 ? name : nil }
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}
