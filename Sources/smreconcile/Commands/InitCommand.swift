internal import Foundation

/// `smreconcile init`: a commented starter spec.
enum InitCommand: Command {
    static let name = "init"
    static let summary = "writes a commented starter spec"
    static let usage = "[DIR]"
    static let options: [Option] = []

    static let words: [ValueKind] = [.directories]

    static func run(_ arguments: Arguments, _ console: Console) async throws -> Int32 {
        guard arguments.positional.count <= 1 else { throw UsageError("one directory at most") }
        let directory = arguments.positional.first ?? "."
        let path = directory == "." ? "cluster.yaml" : "\(directory)/cluster.yaml"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(StarterSpec.text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch let error as CocoaError where error.code == .fileWriteFileExists {
            throw CommandError("'\(path)' exists already; nothing was written")
        } catch {
            throw CommandError("cannot write '\(path)': \(error.localizedDescription)")
        }
        console.print(
            """
            wrote \(path)
            next:
              smreconcile validate -f \(path)
              smreconcile plan -f \(path)
              smreconcile run -f \(path)
            """)
        return ExitCode.done
    }
}

/// What `init` writes. A test reads it with the real reader, so that it cannot rot.
enum StarterSpec {
    static let text = """
        # A live-streaming cluster for smreconcile. 'smreconcile validate -f' checks it, 'plan -f' shows what it would
        # change, 'run -f' makes it so and serves the API. 'smreconcile schema' prints the schema for your editor.
        apiVersion: smreconcile/v1
        kind: Provider                 # where nodes come from
        metadata: {name: lab}
        spec:
          type: simulated              # no cloud and no media server: nodes boot, report and fail in memory
          simulated: {boot: 2s, seed: 7}
        ---
        apiVersion: smreconcile/v1
        kind: NodeGroup                # a cluster: roles, regions, and how many of each
        metadata:
          name: live
        spec:
          provider: lab
          scopes: [live]               # the stream scopes that it serves
          regions:
            - name: us-east
              zone: americas           # a parent that clients may also ask for
              location: {latitude: 39.0, longitude: -77.5}
            - name: eu-west
              zone: europe
              location: {latitude: 53.3, longitude: -6.3}
              roles: {edge: {min: 1, max: 8}}      # this region's own numbers
          roles:
            origin:                    # takes publishers
              capabilities: [publish]
              endpoints: [{protocol: rtmp, port: 1935}]
              capacity: {connections.publisher: 20}    # the most one node takes
              min: 1                   # per region
              max: 4
            edge:                      # serves viewers
              parent: origin           # where its streams come from
              capabilities: [subscribe]
              endpoints: [{protocol: rtmp, port: 1935}]
              capacity: {connections.subscriber: 200}
              min: 2
              max: 10
              scaling:                 # between min and max the count follows the viewers: docs/scaling.md
                rules: [{metric: connections.subscriber, target: 60%}]
                scaleIn: {stabilization: 5m, policies: [{percent: 10, period: 60s}]}
                # schedules: [{name: matchday, cron: "0 18 * * 6", timezone: Europe/Dublin, duration: 4h, min: 8}]
              drain: {timeout: 30m}    # how long viewers may stay when a node is taken out
              health: {suspectAfter: 5s, faultAfter: 15s}

        """
}
