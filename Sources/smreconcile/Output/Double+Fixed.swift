internal import Simulation

extension Double {
    /// With thousands apart and exactly so many decimals: `1,234.50`.
    func fixed(_ decimals: Int) -> String {
        let scale = (0..<decimals).reduce(1) { value, _ in value * 10 }
        let scaled = Int((magnitude * Double(scale)).rounded())
        let fraction = decimals == 0 ? "" : "." + String(String(scaled % scale + scale).dropFirst())
        return (self < 0 && scaled > 0 ? "-" : "") + (scaled / scale).grouped + fraction
    }
}
