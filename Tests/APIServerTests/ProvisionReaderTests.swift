import Foundation
import Reconciler
import Testing

@testable import APIServer

@Suite("Reading provisions")
struct ProvisionReaderTests {
    /// `SEED=` in the environment replays a failure.
    private static let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_127
    private let group: NodeGroupSpec

    init() throws {
        group = try #require(Cluster.make(at: Timestamp(milliseconds: 0)).0.groups.first)
    }

    /// What the API shows to who may change it.
    private func shown(_ items: [ProvisionReader.Item]) -> [UInt8] {
        JSONWriter.list(items) { json, item in ProvisionAnswer.write(item.provision, toWriter: true, into: &json) }
    }

    @Test("bytes changed at random are refused, or read as provisions within their bounds that are shown as they read")
    func fuzz() throws {
        let seed = Self.seed
        var random = SeededRandom(seed: seed)
        let whole = Array(ProvisionRoutesTests.ladder.utf8)
        let signs = Array(#"{}[]",:\/ -0129aeu*"#.utf8) + [0, 0x0a, 0x80, 0xc3, 0xff]
        var read = 0
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = signs[Int.random(in: 0..<signs.count, using: &random)]
                case 1: bytes.insert(signs[Int.random(in: 0..<signs.count, using: &random)], at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 20))
                }
            }
            do {
                let items = try ProvisionReader(group: group).read(bytes)
                read += 1
                for item in items {
                    let provision = item.provision
                    let isWithin =
                        ProvisionLimits.guid.contains(provision.guid.utf8.count) && !provision.streams.isEmpty
                        && provision.streams.allSatisfy {
                            ProvisionLimits.streamGuid.contains($0.guid.utf8.count) && $0.guid.contains("/")
                                && $0.abrLevel >= 0
                        }
                    #expect(isWithin, "SEED=\(seed): \(String(decoding: bytes, as: UTF8.self))")
                }
                // The secret is a mask in what is shown: it reads as one that stays.
                let text = shown(items)
                let again = try ProvisionReader(group: group).read(text)
                for (first, second) in zip(items, again) {
                    #expect(second.keepsSecret == (first.provision.credentials != nil), "SEED=\(seed)")
                    var first = first.provision
                    first.credentials = nil
                    #expect(first == second.provision, "SEED=\(seed): \(String(decoding: bytes, as: UTF8.self))")
                }
            } catch let problem {
                #expect(problem.status == 400, "SEED=\(seed)")
            }
        }
        // Changes within words leave many readable: else nothing of the above was tried.
        #expect(read > 50, "SEED=\(seed)")
    }

    @Test("white space between the parts of kept fields goes, within their strings it stays")
    func raw() throws {
        let body = #"""
            [{"provisionGuid": "live/p", "streams": [{"streamGuid": "live/p"}],
              "note" : { "a b" : [ 1 , "x \" \\" , true ] , "c":	"\\" } }]
            """#
        let provision = try #require(try ProvisionReader(group: group).read(Array(body.utf8)).first).provision
        #expect(provision.extra == ["note": #"{"a b":[1,"x \" \\",true],"c":"\\"}"#])
    }

    @Test("a field that is nested too deep is refused")
    func deep() {
        let nested = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        let body = #"[{"provisionGuid":"live/p","streams":[{"streamGuid":"live/p"}],"x":\#(nested)}]"#
        #expect(throws: Problem.self) { try ProvisionReader(group: group).read(Array(body.utf8)) }
    }
}
