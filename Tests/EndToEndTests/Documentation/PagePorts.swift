import Glibc

/// The ports of a page, `127.0.0.1:5080` and the like, and the free ones that stand for them in this run, so that pages can be tested
/// beside each other and beside whatever runs on the machine.
struct PagePorts: Sendable {
    /// Where `run` listens when nothing is said.
    static let standard = "5080"
    /// Below those that the system picks for connections (ip(7), `ip_local_port_range`), so that none takes ours meanwhile.
    private static let range: ClosedRange<UInt16> = 20_000...31_999

    private(set) var free: [String: String] = [:]

    /// Free ports for all that these texts name.
    init(_ texts: [String]) {
        for port in Set(texts.flatMap { Self.named(in: $0) } + [Self.standard]) { free[port] = Self.pick() }
    }

    /// A command or a file of the page with the ports of this run.
    func inward(_ text: String) -> String { Self.replace(text, free) }

    /// An output of this run with the ports of the page.
    func outward(_ text: String) -> String {
        Self.replace(text, Dictionary(free.map { ($1, $0) }) { first, _ in first })
    }

    private static let hosts = ["127.0.0.1:", "localhost:"]

    private static func named(in text: String) -> [String] {
        hosts.flatMap { host in
            text.components(behind: host).map { String($0.prefix { $0.isNumber }) }.filter {
                (4...5).contains($0.count)
            }
        }
    }

    private static func replace(_ text: String, _ ports: [String: String]) -> String {
        var text = text
        for host in hosts {
            var pieces = text.components(behind: host)
            guard !pieces.isEmpty else { continue }
            let head = text.prefix(upTo: text.firstRange(of: host)?.lowerBound ?? text.endIndex)
            for index in pieces.indices {
                let port = String(pieces[index].prefix { $0.isNumber })
                if let other = ports[port] { pieces[index] = other + pieces[index].dropFirst(port.count) }
            }
            text = head + pieces.map { host + $0 }.joined()
        }
        return text
    }

    /// A port that nobody has on 127.0.0.1 now.
    private static func pick() -> String {
        while true {
            let port = UInt16.random(in: range)
            let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(file) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isFree = unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(file, $0, length) == 0 }
            }
            if isFree { return "\(port)" }
        }
    }
}

extension String {
    /// What lies behind each place of a mark, up to the next one.
    fileprivate func components(behind mark: String) -> [String] {
        ranges(of: mark).map(\.upperBound).enumerated().map { index, start in
            let next = self[start...].firstRange(of: mark)?.lowerBound ?? endIndex
            return String(self[start..<next])
        }
    }
}
