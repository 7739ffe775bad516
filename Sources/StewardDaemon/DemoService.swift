import Foundation
import Logging
import ServiceLifecycle
import StewardGovernance
import StewardIntake
import StewardJSON
import StewardModel
import StewardWire

/// Feeds simulated traffic through the same door as everybody's, to the versions that the routes give its sessions.
struct DemoService: Service {
    let intake: Intake
    let governor: Governor
    let logger: Logger

    private static let tick = Duration.milliseconds(250)
    /// What the charts of a fresh folder show: traffic before the start.
    private static let history: Int64 = 45 * 60

    func run() async throws {
        await cancelWhenGracefulShutdown {
            do {
                let isFresh = try await register()
                var traffic = DemoTraffic(seed: UInt64.random(in: .min ... .max), run: Live.eventID())
                if isFresh { try await backfill(&traffic) }
                try await stream(&traffic)
            } catch is CancellationError {
            } catch {
                logger.error("the demo traffic stopped", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Registers the demo's versions and lets each deployment's first one serve. False when that was done before.
    private func register() async throws -> Bool {
        let demo = Actor(.system, "demo")
        guard governor.state.deployments[DemoTraffic.callers[0].deployment] == nil else { return false }
        for caller in DemoTraffic.callers where caller.deployment != DemoTraffic.unregistered {
            for behaviour in caller.versions {
                let spec = try Spec([
                    "provider": .string(behaviour.provider), "model": .string(behaviour.model),
                    "parameters": ["temperature": 0.2], "prompt": "You are helpful. (demo \(behaviour.version))",
                ])
                try await governor.perform(
                    .registerVersion(deployment: caller.deployment, name: behaviour.version, digest: spec.digest),
                    by: demo, specs: [spec.digest: spec.canonical])
            }
            try await governor.perform(
                .promote(
                    deployment: caller.deployment, environment: "production", version: caller.versions[0].version,
                    reason: "first version of the demo"), by: demo)
        }
        return true
    }

    private func backfill(_ traffic: inout DemoTraffic) async throws {
        let start = Live.now() - .seconds(Self.history)
        for minute in 0..<Self.history / 60 {
            try await send(
                traffic.events(from: start + .minutes(minute), for: .seconds(60)) { name, _ in Self.first(name) })
        }
    }

    private func stream(_ traffic: inout DemoTraffic) async throws {
        while !Task.isCancelled {
            let start = Live.now() - Self.tick
            try await send(traffic.events(from: start, for: Self.tick, version: version))
            try await Task.sleep(for: Self.tick)
        }
    }

    private func send(_ body: [UInt8]) async throws {
        guard !body.isEmpty else { return }
        do {
            _ = try await intake.receive(body, format: .ndjson, from: .init(name: "demo"))
        } catch let error as StewardError where error.code == .overloaded {
            // Like any client: what could not be stored now is dropped by the demo, and counted as refused.
        }
    }

    private func version(_ deployment: String, _ key: String) -> String? {
        guard deployment != DemoTraffic.unregistered else { return Self.first(deployment) }
        guard let route = governor.state.deployments[deployment]?.routes["production"], !route.disabled else {
            return nil
        }
        return route.compiled.evaluate(RoutingContext(key: key))?.version
    }

    /// What serves before anybody has decided anything.
    private static func first(_ deployment: String) -> String? {
        DemoTraffic.callers.first { $0.deployment == deployment }?.versions[0].version
    }
}
