import ArgumentParser

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the daemon, the detectors and the statistics on this machine.",
        subcommands: [
            IntakeBench.self, DetectorBench.self, StatisticsBench.self, FairnessBench.self, CostBench.self,
            DecisionBench.self, OFREPBench.self,
        ])
}
