import Foundation
import Reconciler
import Testing

@testable import Providers

@Suite("EC2: offers")
struct EC2OfferTests {
    private static func spec(_ adjust: (inout EC2Spec) -> Void = { _ in }) -> EC2Spec {
        var spec = EC2Spec()
        spec.substitutes = ["c6i.large": ["c6a.large", "c5.large"]]
        adjust(&spec)
        return spec
    }

    @Test("come by price first, then by instance type, then by subnet")
    func order() throws {
        let wanted = ec2Request("n1", settings: ["spot": "true", "subnet": "subnet-1,subnet-2"])
        let offers = try EC2Launch(wanted, spec: Self.spec(), userData: "").offers
        #expect(
            offers.map(\.words).prefix(4) == [
                "c6i.large spot in subnet-1", "c6i.large spot in subnet-2", "c6a.large spot in subnet-1",
                "c6a.large spot in subnet-2",
            ])
        #expect(offers.count == 12 && offers[6].words == "c6i.large in subnet-1" && Set(offers).count == 12)
        // A role's own word stands above the provider's.
        let dear = ec2Request("n1", settings: ["spot": "false"])
        #expect(try EC2Launch(dear, spec: Self.spec { $0.spot = true }, userData: "").offers.allSatisfy { !$0.isSpot })
        #expect(try EC2Launch(ec2Request("n1", type: "m5.large"), spec: Self.spec(), userData: "").offers.count == 1)
    }

    @Test("have client tokens of their own, the same each time, of at most 64 characters")
    func clientTokens() throws {
        let launch = try EC2Launch(ec2Request("n1", settings: ["spot": "true"]), spec: Self.spec(), userData: "a")
        let again = try EC2Launch(ec2Request("n1", settings: ["spot": "true"]), spec: Self.spec(), userData: "b")
        let other = try EC2Launch(ec2Request("n2", settings: ["spot": "true"]), spec: Self.spec(), userData: "a")
        let tokens = launch.offers.map(launch.clientToken)
        #expect(Set(tokens + other.offers.map(other.clientToken)).count == 12)
        #expect(again.offers.map(again.clientToken) == tokens)
        #expect(tokens.allSatisfy { $0.utf8.count <= 64 && $0.utf8.allSatisfy { $0 < 128 } })
        // With the same client token EC2 wants the same parameters, to the byte.
        let twice = try EC2Launch(ec2Request("n1", settings: ["spot": "true"]), spec: Self.spec(), userData: "a")
        #expect(twice.offers.map { twice.query($0).body } == launch.offers.map { launch.query($0).body })
    }

    @Test("user data that Amazon would not take is refused")
    func userData() {
        let long = String(repeating: "x", count: EC2Launch.longestUserData + 1)
        #expect(throws: ProviderFailure.self) { try EC2Launch(ec2Request("n1"), spec: EC2Spec(), userData: long) }
    }

    @Test("are asked for one after another while there is no capacity, spot as spot")
    func fallback() async throws {
        let cloud = ScriptedEC2({ $0 = Self.spec { $0.spot = true }.with(endpoint: $0.endpoint) }) { call in
            guard call.action == "RunInstances" else { return .text(EC2Text.described([])) }
            if call["InstanceType"] == "c5.large", call.parameters["InstanceMarketOptions.MarketType"] == nil {
                return .text(EC2Text.launched(EC2Text.item("i-1", [:])))
            }
            return .text(EC2Text.error("500 Server Error", "InsufficientInstanceCapacity"))
        }
        #expect(try await cloud.provider.create(ec2Request("n1")).id == "i-1")
        let runs = cloud.calls("RunInstances")
        #expect(
            runs.map { $0["InstanceType"] } == [
                "c6i.large", "c6a.large", "c5.large", "c6i.large", "c6a.large", "c5.large",
            ])
        #expect(runs.map { $0["InstanceMarketOptions.MarketType"] } == ["spot", "spot", "spot", "", "", ""])
        #expect(Set(runs.map { $0["ClientToken"] }).count == 6)
    }

    @Test("without any capacity all of them are named")
    func none() async throws {
        let cloud = ScriptedEC2({ $0 = Self.spec().with(endpoint: $0.endpoint) }) { call in
            guard call.action == "RunInstances" else { return .text(EC2Text.described([])) }
            return .text(
                EC2Text.error(
                    "400 Bad Request",
                    call["InstanceType"] == "c5.large" ? "VcpuLimitExceeded" : "InsufficientInstanceCapacity"))
        }
        await #expect(
            throws: ProviderFailure.noCapacity(
                "RunInstances of c5.large in lab: VcpuLimitExceeded: words (request req-1); before it c6i.large: "
                    + "InsufficientInstanceCapacity, c6a.large: InsufficientInstanceCapacity")
        ) { try await cloud.provider.create(ec2Request("n1")) }
        // What was refused for certain is asked for from the beginning again.
        _ = try? await cloud.provider.create(ec2Request("n1"))
        #expect(
            cloud.calls("RunInstances").map { $0["InstanceType"] }.suffix(3) == ["c6i.large", "c6a.large", "c5.large"])
    }

    @Test("whose answer was lost is asked for again before any other, with the same client token")
    func lost() async throws {
        let runs = Locked(0)
        let cloud = ScriptedEC2({ $0 = Self.spec().with(endpoint: $0.endpoint) }) { call in
            guard call.action == "RunInstances" else { return .text(EC2Text.described([])) }
            let number = runs.with { count in
                count += 1
                return count
            }
            switch number {
            case 1: return .text(EC2Text.error("500 Server Error", "InsufficientInstanceCapacity"))
            case 2: return .hangUp(after: "")
            default: return .text(EC2Text.launched(EC2Text.item("i-1", [:])))
            }
        }
        let failure = await #expect(throws: ProviderFailure.self) { try await cloud.provider.create(ec2Request("n1")) }
        guard case .unknown? = failure else { return #expect(Bool(false), "\(String(describing: failure))") }
        // By now there would be capacity for the first one: asking for it would make a second instance, where the list lags.
        #expect(try await cloud.provider.create(ec2Request("n1")).id == "i-1")
        let asked = cloud.calls("RunInstances")
        #expect(asked.map { $0["InstanceType"] } == ["c6i.large", "c6a.large", "c6a.large"])
        #expect(asked[1].parameters == asked[2].parameters)
    }

    @Test("a request is sent once, also when a kept connection ends without an answer")
    func sentOnce() async throws {
        // The look beforehand leaves an open connection, on which libcurl would send the request, and then again by itself.
        let cloud = ScriptedEC2 { $0.action == "RunInstances" ? .hangUp(after: "") : .text(EC2Text.described([])) }
        for _ in 0..<3 { _ = try? await cloud.provider.create(ec2Request("n1")) }
        #expect(cloud.calls("RunInstances").count == 3)
    }

    @Test("another request with this client token was taken before: its instance is the one, as soon as it is listed")
    func mismatch() async throws {
        let wanted = ec2Request("n1")
        let looks = Locked(0)
        let cloud = ScriptedEC2 { call in
            guard call.action == "DescribeInstances" else {
                return .text(EC2Text.error("400 Bad Request", "IdempotentParameterMismatch"))
            }
            let number = looks.with { count in
                count += 1
                return count
            }
            // It is listed from the fourth look on: two of each create.
            return .text(EC2Text.described(number < 4 ? [] : [EC2Text.item("i-early", wanted.ec2Tags)]))
        }
        await #expect(
            throws: ProviderFailure.unknown("RunInstances in lab: IdempotentParameterMismatch: words (request req-1)")
        ) { try await cloud.provider.create(wanted) }
        #expect(try await cloud.provider.create(wanted).id == "i-early")
    }

    @Test("an instance that was made for this client token and is gone is told as gone")
    func ended() async throws {
        let wanted = ec2Request("n1")
        let isShown = Locked(false)
        let cloud = ScriptedEC2 { call in
            guard call.action == "DescribeInstances" else {
                return .text(EC2Text.error("400 Bad Request", "IdempotentInstanceTerminated"))
            }
            let isThere = isShown.current && call.filter("instance-state-name").contains("terminated")
            return .text(EC2Text.described(isThere ? [EC2Text.item("i-old", wanted.ec2Tags, state: "terminated")] : []))
        }
        let hidden = try await cloud.provider.create(wanted)
        #expect(hidden.state == .gone && hidden.tags == wanted.tags)
        isShown.replace(with: true)
        let shown = try await cloud.provider.create(wanted)
        #expect(shown.state == .gone && shown.id == "i-old")
    }
}

extension EC2Spec {
    fileprivate func with(endpoint: String?) -> EC2Spec {
        var spec = self
        spec.endpoint = endpoint
        return spec
    }
}
