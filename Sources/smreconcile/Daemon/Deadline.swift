internal import Dispatch
internal import Glibc
internal import Reconciler

/// The end of the process at a set time, whatever still hangs.
enum Deadline {
    static func set(_ time: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(time.wholeMilliseconds))) { _exit(0) }
    }
}
