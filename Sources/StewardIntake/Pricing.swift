import StewardModel
import StewardPolicy

extension PriceCatalogue {
    /// What an event cost: by the model that says it answered, else by the one that was asked for, else as its sender
    /// says. `nil` when that is not known, or when there is nothing that a provider would charge for.
    package func price(of event: Event) -> Nanodollars? {
        guard event.isBillable else { return nil }
        return event.responseModel.flatMap { price(of: event, as: $0) }
            ?? event.model.flatMap { price(of: event, as: $0) } ?? event.statedCost
    }

    private func price(of event: Event, as model: String) -> Nanodollars? {
        var question = PriceQuestion(provider: event.provider, model: model, usage: event.usage, time: event.time)
        question.tier = event.serviceTier
        question.series = event.series
        question.team = event.team
        return price(question)
    }
}
