import Foundation
import Logging
import ServiceLifecycle
import StewardGovernance
import StewardIntake
import StewardJSON
import StewardModel
import StewardWire

/// Feeds simulated traffic through the same door as everybody's, to the version that each route names.
struct DemoService: Service {
    let intake: Intake
    let governor: Governor
    let logger: Logger

    private static let tick = Duration.milliseconds(250)
    /// What the charts of a fresh folder show: traffic before the start.
    private static let history: Int64 = 45 * 60
    /// Deployments that only send events, as a team does that has not registered anything yet.
    private static let unregistered = "translator"

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
        guard governor.state.deployments[DemoTraffic.behaviours[0].deployment] == nil else { return false }
        for behaviour in DemoTraffic.behaviours where behaviour.deployment != Self.unregistered {
            let spec = try Spec([
                "provider": .string(behaviour.provider), "model": .string(behaviour.model),
                "parameters": ["temperature": 0.2], "prompt": "You are helpful. (demo \(behaviour.version))",
            ])
            try await governor.perform(
                .registerVersion(deployment: behaviour.deployment, name: behaviour.version, digest: spec.digest),
                by: demo, specs: [spec.digest: spec.canonical])
            guard governor.state.deployments[behaviour.deployment]?.routes.isEmpty ?? false else { continue }
            try await governor.perform(
                .promote(
                    deployment: behaviour.deployment, environment: "production", version: behaviour.version,
                    reason: "first version of the demo"), by: demo)
        }
        return true
    }

    private func backfill(_ traffic: inout DemoTraffic) async throws {
        let start = Live.now() - .seconds(Self.history)
        for minute in 0..<Self.history / 60 {
            try await send(traffic.events(from: start + .minutes(minute), for: .seconds(60), version: version))
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

    private func version(_ deployment: String) -> String? {
        guard deployment != Self.unregistered else {
            return DemoTraffic.behaviours.first { $0.deployment == deployment }?.version
        }
        return governor.state.deployments[deployment]?.routes["production"]?.targets.max { $0.weight < $1.weight }?
            .version
    }
}
