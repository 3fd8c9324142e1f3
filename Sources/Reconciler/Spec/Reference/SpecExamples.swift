/// A whole document of each kind, as its reference page begins with; tests read them as specs.
enum SpecExamples {
    /// By kind, without a line end.
    static let all = ["NodeGroup": nodeGroup, "Provider": provider, "Manager": manager]

    private static let nodeGroup = """
        apiVersion: smreconcile/v1
        kind: NodeGroup
        metadata:
          name: live
          labels: {team: video}
        spec:
          provider: lab
          scopes: [live]
          image: media-2.4
          limits: {publishers: 500, subscribers: 200000}
          regions:
            - name: us-east
              zone: americas
              location: {latitude: 39.0, longitude: -77.5}
              settings: {subnet: subnet-1}
            - name: eu-west
              location: {latitude: 53.3, longitude: -6.3}
              roles: {edge: {min: 2, max: 40}}
          roles:
            origin:
              capabilities: [publish]
              endpoints: [{protocol: rtmp, port: 1935}]
              capacity: {connections.publisher: 20}
              min: 1
              max: 4
              scaling:
                rules: [{metric: connections.publisher, target: 60%}]
            edge:
              parent: origin
              capabilities: [subscribe]
              endpoints: [{protocol: wss, port: 443}, {protocol: rtmp, port: 1935}]
              capacity: {connections.subscriber: 200}
              instanceType: c6i.large
              min: 1
              max: 20
              scaling:
                rules:
                  - {metric: connections.subscriber, target: 60%}
                  - {scaleOut: "avg(cpu.system.load) > 0.8", scaleIn: "avg(cpu.system.load) < 0.2", step: 1}
                buffer: 1
                warmup: 90s
                scaleIn: {stabilization: 300s, policies: [{percent: 10, period: 60s}]}
                schedules:
                  - {name: matchday, cron: "0 18 * * 6", timezone: Europe/Dublin, duration: 4h, min: 8}
              update: {maxSurge: 1, maxUnavailable: 0}
              disruption: {budgets: [{nodes: 10%}, {nodes: 0, cron: "0 18 * * 6", duration: 4h, reasons: [drift]}]}
              drain: {timeout: 30m}
              health: {suspectAfter: 5s, faultAfter: 15s, startTimeout: 10m, maxUnhealthy: 40%}
        """

    private static let provider = """
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: pool}
        spec:
          type: shell                # simulated, process, shell, ec2 or terraform: a block of that name says the rest
          shell:
            list: [./pool, list]
            create: [./pool, create]
            destroy: [./pool, destroy]
            secrets: [CLOUD_API_KEY]
            timeout: 60s
          rateLimit: {perSecond: 10, burst: 20}
          prices: {c6i.large: 0.085, default: 0.1}
        """

    private static let manager = """
        apiVersion: smreconcile/v1
        kind: Manager
        metadata: {name: main}
        spec:
          listen: 0.0.0.0:5080
          advertiseURL: https://manager.example.org
          interval: 2s
          limits: {nodes: 500}
          approval: {share: 20%, growth: 100%}
          trustedProxies: [10.0.0.0/8]
          log: {format: json, requests: errors}
          tokens: {lifetime: 1h, refreshLifetime: 12h}
          api:
            tls: {certificate: /etc/smreconcile/tls.pem, key: /etc/smreconcile/tls.key, http: redirect}
            metrics: {auth: open}
        """
}
