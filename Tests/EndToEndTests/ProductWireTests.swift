import Foundation
import Providers
import Testing

/// The calls of the reference product's own scripts, in their order and with their headers, against the daemon
/// (reference/stream-manager-2.md section 2.10).
@Suite("The product's wire", .sharesMachine, .serialized, .timeLimit(.minutes(4)))
struct ProductWireTests {
    private static let spec = """
        apiVersion: smreconcile/v1
        kind: Manager
        spec: {interval: 200ms, api: {streams: {auth: open}}}
        ---
        apiVersion: smreconcile/v1
        kind: Provider
        metadata: {name: lab}
        spec: {type: simulated, simulated: {boot: 200ms, seed: 7}}
        """

    private static let config = """
        {"name": "TestGroup", "description": "An origin and edges", "cloudPlatform": "OCI",
         "cloudProperties": "environment=e2e;subnet=s", "isScalingPaused": false, "internalVersionCount": 0,
         "images": {"o": {"name": "o", "image": "node", "cloudProperties": "instance_type=small;volume_size=20"}},
         "roles": {"origin": {"name": "origin", "imageName": "o", "capabilities": ["PUBLISH"], "propertyOverrides": []},
                   "edge": {"name": "edge", "imageName": "o", "parentRoleName": "origin", "parentCardinality": "GLOBAL",
                            "capabilities": ["SUBSCRIBE"], "propertyOverrides": []}},
         "groups": {"us-ashburn-1": {"nodeGroupName": "TestGroup", "subGroupName": "us-ashburn-1", "groupType": "main",
           "cloudProperties": "region=us-ashburn-1", "rulesByRole": {
             "origin": {"nodeRoleName": "origin", "min": "1", "max": "20", "increment": 1,
                        "outExpression": "avg(cpu.usage) > 55.0", "inExpression": "avg(cpu.usage) < 20.0",
                        "capacityRankingExpression": "cpu.usage", "capacityLimitExpression": "90.0"},
             "edge": {"nodeRoleName": "edge", "min": "2", "max": "40", "increment": 1,
                      "outExpression": "avg(connections.subscriber) > 120", "inExpression": "avg(connections.subscriber) < 20",
                      "capacityRankingExpression": "connections.subscriber", "capacityLimitExpression": "200"}}}}}
        """

    /// Health, login without a body, create, status until all nodes serve; then list and delete until none is left.
    private static let script = """
        set -eu
        code() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
        test "$(code "$URL/as/v1/admin/healthz")" = 200
        basic=$(printf 'admin:%s' "$PASSWORD" | base64 -w0)
        token() { sed -E 's/.*"token":"([^"]+)".*/\\1/'; }
        jwt=$(curl -s -X PUT "$URL/as/v1/auth/login" -H 'accept: application/json' -H "Authorization: Basic $basic" | token)
        made=$(code --request POST "$URL/as/v1/admin/nodegroup" --header "Authorization: Bearer $jwt" \\
            --header 'Content-Type: application/json' --data-raw "$(cat config.json)")
        echo "create $made"
        for attempt in $(seq 100); do
            status=$(curl -s "$URL/as/v1/admin/nodegroup/status/TestGroup" --header "Authorization: Bearer $jwt")
            ready=$(printf %s "$status" | grep -o '"state":"INSERVICE"' | wc -l)
            test "$ready" = 3 && break
            sleep 0.2
        done
        echo "in service $ready"
        echo "publish $(curl -s "$URL/as/v1/streams/stream/TestGroup/publish/live/a" | grep -c '"nodeRole":"origin"')"
        jwt=$(curl -s -X PUT "$URL/as/v1/auth/login" -H "Authorization: Basic $basic" -H 'Content-Length: 0' | token)
        names=$(curl -s -H 'Content-Type: application/json' -H "Authorization: Bearer $jwt" "$URL/as/v1/admin/nodegroup")
        echo "names $names"
        gone=$(code --location --request DELETE "$URL/as/v1/admin/nodegroup/TestGroup" \\
            --header "Authorization: Bearer $jwt" --header 'Content-Type: application/json')
        echo "delete $gone"
        for attempt in $(seq 100); do
            left=$(curl -s "$URL/as/v1/nodes" -H "Authorization: Bearer $jwt" | grep -c '"state":"inService"' || true)
            test "$left" = 0 && break
            sleep 0.2
        done
        echo "in service $left"
        """

    @Test("the calls of its scripts make a group, see its nodes come, and take it away again")
    func scripts() async throws {
        try await Workspace.with { workspace in
            let spec = try workspace.write(Self.spec, to: "spec.yaml")
            let manager = try await Manager(workspace, spec: spec)
            let password = try #require(manager.password)
            _ = try workspace.write(Self.config, to: "config.json")
            let lines = "cd '\(workspace.directory)'; URL='\(manager.url)'; PASSWORD='\(password)'\n" + Self.script
            let outcome = try await workspace.bash(lines, within: .seconds(60))
            #expect(
                outcome.out == """
                    create 200
                    in service 3
                    publish 1
                    names ["TestGroup"]
                    delete 200
                    in service 0

                    """, "\(outcome.error)")
            #expect(outcome.code == 0)
        }
    }
}
