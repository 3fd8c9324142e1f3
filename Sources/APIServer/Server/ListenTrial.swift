internal import Glibc

/// Whether an address can be listened on: it is bound for a moment, and given back.
package enum ListenTrial {
    /// Nil when it can, else why not. Port 0 always can where the address is there.
    package static func failure(of address: ListenAddress) -> String? {
        do throws(ListenFailure) {
            close(try ListenSocket.open(address).descriptor)
            return nil
        } catch {
            return error.message
        }
    }
}
