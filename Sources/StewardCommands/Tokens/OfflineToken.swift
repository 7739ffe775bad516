import StewardDaemon
import StewardGovernance
import StewardModel

/// Makes a token in a data folder that no daemon uses.
func offlineTokenCreate(dataFolder: String, name: String, roles: [Role]) async throws -> CreatedToken {
    let made = try await OfflineFolder(path: dataFolder, mayCreate: true).createToken(name: name, roles: roles)
    return CreatedToken(id: made.token.id, name: made.token.name, roles: made.token.roles, token: made.secret)
}
