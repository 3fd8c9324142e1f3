import Reconciler
import Simulation

/// A small cluster and small loads.
enum SimulationSamples {
    /// One origin and two to six edges of ten viewers in each of two regions.
    static func spec(failures: SimulatedSpec.Failures = .init(), max: Int = 6) -> Spec {
        var simulated = SimulatedSpec()
        simulated.boot = .seconds(20)
        simulated.failures = failures
        var group = NodeGroupSpec(name: "live", provider: "sim")
        group.scopes = ["live"]
        group.regions = [RegionSpec(name: "us"), RegionSpec(name: "eu")]
        var origin = RoleSpec(name: "origin")
        origin.capabilities = [.publish]
        origin.endpoints = [Endpoint(protocol: "rtmp", port: 1935)]
        origin.capacity = [Metric.publishers: 2]
        origin.min = 1
        origin.max = 1
        var edge = RoleSpec(name: "edge")
        edge.capabilities = [.subscribe]
        edge.parent = "origin"
        edge.endpoints = [Endpoint(protocol: "wss", port: 443)]
        edge.capacity = [Metric.subscribers: 10]
        edge.instanceType = "small"
        edge.min = 2
        edge.max = max
        edge.scaling.rules = [.target(metric: Metric.subscribers, .utilization(50))]
        edge.scaling.scaleIn.stabilization = .seconds(60)
        edge.drain.timeout = .seconds(60)
        group.roles = [origin, edge]
        var spec = Spec()
        spec.providers = ["sim": ProviderSpec(name: "sim", settings: .simulated(simulated))]
        spec.groups = [group]
        return spec
    }

    static func run(
        _ spec: Spec, _ csv: String, seed: UInt64 = 1, step: Duration? = .seconds(5), prices: [String: Double] = [:]
    ) async throws -> SimulationResult {
        var options = SimulationOptions(name: "sample")
        options.seed = seed
        options.step = step
        for (type, price) in prices { options.prices.set(type, price) }
        return try await Simulator.run(spec: spec, trace: LoadTrace.read(csv, file: "t.csv"), options: options)
    }
}
