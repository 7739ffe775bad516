import Foundation
import StewardCommands

@main
enum Steward {
    static func main() async {
        exit(await StewardCommand.execute(Array(CommandLine.arguments.dropFirst())))
    }
}
