/// Where addresses are: the port to a geolocation database.
///
/// Asked on the threads that answer requests, by several at once: it never waits for a disk or for another thread's work. An object, which
/// is passed on for the price of one reference.
package protocol GeoLocator: AnyObject, Sendable {
    /// The place of an address, a valid one. Nil when it is not known, as for private and loopback addresses, or when there is no
    /// database.
    func place(of address: IPAddress) -> GeoPoint?
    /// What keeps it from answering, or from answering by the newest data, in words; nil when nothing does.
    var trouble: String? { get }
}
