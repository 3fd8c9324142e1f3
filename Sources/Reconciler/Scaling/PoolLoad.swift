/// The nodes of a pool as its rules see them: whose load counts, who only comes, who says nothing.
///
/// Kubernetes' horizontal pod autoscaler sorts pods in the same way (`groupPods` in
/// `pkg/controller/podautoscaler/replica_calculator.go`): ready, not yet ready, without a metric; failed and leaving ones count
/// nowhere.
struct PoolLoad {
    /// In service for at least `warmup`, ready and heard of lately.
    let ready: [Node]
    /// On their way, not ready, or in service for less than `warmup`.
    let warming: Int
    /// In service and silent for longer than `suspectAfter`: what they said last is no measurement any more.
    let silent: Int
    /// In service, warmed up, heard of and ready or not.
    let inService: [Node]

    /// `wanted`: the nodes of the pool that neither leave nor are faulty.
    init(_ wanted: [Node], warmup: Duration, now: Timestamp, isSilent: (Node) -> Bool) {
        var ready: [Node] = []
        var inService: [Node] = []
        var (warming, silent) = (0, 0)
        for node in wanted {
            if node.state.isComing {
                warming += 1
                continue
            }
            inService.append(node)
            let age = now - (node.inServiceAt ?? node.since)
            if !node.isReady || age < warmup {
                warming += 1
            } else if isSilent(node) {
                silent += 1
            } else {
                ready.append(node)
            }
        }
        self.ready = ready
        self.warming = warming
        self.silent = silent
        self.inService = inService
    }

    /// Nodes whose capacity is there, whether or not they can be measured.
    var warm: Int { ready.count + silent }

    /// In service.
    var serving: Int { inService.count }

    /// What the ready nodes report of a metric, in the order of their ids.
    func values(of metric: String) -> [Double] { ready.compactMap { Self.value(of: metric, $0) } }

    /// Nodes that should report a metric and do not.
    func missing(_ metric: String) -> Int { silent + ready.count { Self.value(of: metric, $0) == nil } }

    /// What all nodes in service said last of a metric, warmed up and heard of or not.
    func allValues(of metric: String) -> [Double] { inService.compactMap { Self.value(of: metric, $0) } }

    /// Larger numbers are mistakes, and their sums would be no numbers any more.
    private static let largest = 1e15

    /// A metric that can be reckoned with; a load below nothing, or beyond all bounds, counts as not reported.
    private static func value(of metric: String, _ node: Node) -> Double? {
        node.metrics[metric].flatMap { (0...largest).contains($0) ? $0 : nil }
    }
}
