/// Small specs for these tests.
enum Specs {
    private static let document = "apiVersion: smreconcile/v1\nkind: "

    /// Quick rounds, so that tests wait for little else than what they test.
    static let manager = document + "Manager\nmetadata: {name: manager}\nspec: {interval: 500ms}\n---\n"

    /// Simulated nodes that are up at once: one origin and some edges in each region.
    static func simulated(edges: Int, regions: [String] = ["here"]) -> String {
        """
        \(manager)\(document)Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 200ms, seed: 7}}
        ---
        \(document)NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          regions: [\(regions.map { "{name: \($0)}" }.joined(separator: ", "))]
          roles:
            origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], min: 1, max: 2}
            edge:
              parent: origin
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              min: \(edges)
              max: 10
              drain: {timeout: 1s, evictTimeout: 1s}

        """
    }

    /// Two regions with one origin each, on the two sides of the globe, a database of addresses, and a block of proxies.
    static func twoPlaces(database: String) -> String {
        """
        \(document)Manager
        metadata: {name: manager}
        spec: {interval: 500ms, geoip: {database: \(database)}, trustedProxies: [127.0.9.0/24]}
        ---
        \(document)Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 200ms, seed: 7}}
        ---
        \(document)NodeGroup
        metadata: {name: live}
        spec:
          provider: lab
          scopes: [live]
          regions:
            - {name: dublin, location: {latitude: 53.3, longitude: -6.3}}
            - {name: singapore, location: {latitude: 1.4, longitude: 103.8}}
          roles:
            origin: {capabilities: [publish], endpoints: [{protocol: rtmp, port: 1935}], min: 1, max: 2}

        """
    }

    /// Processes of this machine that run `command` and never report.
    static func processes(_ count: Int, command: [String]) -> String {
        """
        \(manager)\(document)Provider
        metadata: {name: local}
        spec:
          type: process
          process:
            address: 127.0.0.1
            roles: {edge: {command: [\(command.map { "\"\($0)\"" }.joined(separator: ", "))]}}
        ---
        \(document)NodeGroup
        metadata: {name: farm}
        spec:
          provider: local
          regions: [{name: here}]
          roles:
            edge:
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              min: \(count)
              max: \(count + 4)

        """
    }
}
