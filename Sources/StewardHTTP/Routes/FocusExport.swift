import StewardModel
import StewardStore

/// Costs as a FinOps FOCUS 1.2 file: every column of that version in the order of its names, then ours with `x_`.
///
/// One row a UTC day and combination of ``dimensions``. Tokens are ConsumedQuantity, the model is the SKU; how many
/// tokens of which kind stands in columns of ours. FOCUS does not allow a charge without a cost, so what has no price
/// at all has no row: zero would be a lie. Where some of a row's requests have none, x_UnpricedEvents counts them.
enum FocusExport {
    static let dimensions: [SpendDimension] = [
        .day, .provider, .model, .deployment, .environment, .version, .team, .project, .user, .tags,
    ]

    private static let columns = [
        "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingAccountType",
        "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart", "CapacityReservationId",
        "CapacityReservationStatus", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency",
        "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId",
        "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus", "CommitmentDiscountType",
        "CommitmentDiscountUnit", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice",
        "EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory",
        "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "RegionId",
        "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceName",
        "ServiceSubcategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName",
        "SubAccountType", "Tags",
    ]

    private static let ours = [
        "x_CostNanodollars", "x_Environment", "x_Events", "x_InputTokens", "x_OutputTokens", "x_CachedInputTokens",
        "x_CacheWriteTokens", "x_ReasoningTokens", "x_ModelVersion", "x_Project", "x_UnpricedEvents", "x_User",
    ]

    static func csv(_ rows: [SpendRow], account: String) -> [UInt8] {
        var text = (columns + ours).joined(separator: ",") + "\r\n"
        for row in rows where row.spend.knownCost != nil { text += line(row, account) + "\r\n" }
        return Array(text.utf8)
    }

    private static func line(_ row: SpendRow, _ account: String) -> String {
        let values = row.group
        let (day, provider, model) = (values[0] ?? "", values[1] ?? "unknown", values[2] ?? "unknown")
        let (deployment, environment, version) = (values[3] ?? "", values[4] ?? "", values[5] ?? "")
        let spend = row.spend
        let start = Timestamp(rfc3339: day + "T00:00:00Z") ?? .earliest
        let month = CalendarMonth(containing: start)
        let cost = spend.knownCost.map(\.dollars) ?? ""
        let tokens = String(spend.inputTokens + spend.outputTokens)
        let fields: [String: String] = [
            "BilledCost": cost, "ContractedCost": cost, "EffectiveCost": cost, "ListCost": cost,
            "BillingAccountId": account, "BillingAccountName": account, "BillingCurrency": "USD",
            "BillingPeriodStart": month.start.rfc3339, "BillingPeriodEnd": month.end.rfc3339,
            "ChargeCategory": "Usage", "ChargeDescription": "\(model) for \(deployment)",
            "ChargeFrequency": "Usage-Based", "ChargePeriodStart": start.rfc3339,
            "ChargePeriodEnd": (start + .seconds(86_400)).rfc3339, "ConsumedQuantity": tokens,
            "ConsumedUnit": "Tokens", "InvoiceIssuerName": provider, "PricingCategory": "Standard",
            "PricingCurrency": "USD", "PricingQuantity": tokens, "PricingUnit": "Tokens", "ProviderName": provider,
            "PublisherName": provider, "ResourceId": "\(deployment)/\(version)", "ResourceName": deployment,
            "ResourceType": "Model deployment", "ServiceCategory": "AI and Machine Learning", "ServiceName": model,
            "ServiceSubcategory": "Generative AI", "SkuId": "\(provider)/\(model)", "SubAccountId": values[6] ?? "",
            "SkuMeter": "Tokens", "SkuPriceId": "\(provider)/\(model)", "SubAccountName": values[6] ?? "",
            "SubAccountType": values[6] == nil ? "" : "Team", "Tags": values[9] ?? "",
        ]
        let standard = columns.map { CSVText.field(fields[$0]) }
        let own: [String?] = [
            spend.knownCost.map { String($0.amount) }, environment, String(spend.events), String(spend.inputTokens),
            String(spend.outputTokens), String(spend.cachedInputTokens), String(spend.cacheWriteTokens),
            String(spend.reasoningTokens), version, values[7], String(spend.unpriced), values[8],
        ]
        return (standard + own.map(CSVText.field)).joined(separator: ",")
    }
}
