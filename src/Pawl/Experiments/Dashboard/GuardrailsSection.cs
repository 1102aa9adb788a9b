namespace Pawl.Experiments.Dashboard;

/// <summary>The guardrails: what is demanded, and where each stands in each treatment.</summary>
internal static class GuardrailsSection
{
    public static Html Draw(DashboardData data)
    {
        if (data.Request.Guardrails.Count == 0) return Html.Of($"""<section><h2>Guardrails</h2><p class="empty">The contract has no guardrail.</p></section>""");
        if (data.Guarded is not { } look) return Html.Of($"""<section><h2>Guardrails</h2><p class="empty">No guardrail was judged yet.</p></section>""");
        var shares = look.Guardrails.Any(guardrail => IsShare(data, guardrail))
            ? Html.Of($"<p class=\"key\">Of a quantile, value and bound are the share of its values above the limit.</p>")
            : Html.Nothing;
        return Html.Of($"""
            <section><h2>Guardrails</h2><p class="lead">At look {Figures.Count(look.Number)}, {Figures.Time(look.At)}. A breach in any treatment ends the experiment.</p>
            <div class="scroll"><table><thead><tr><th scope="col">Metric</th><th scope="col">Treatment</th><th scope="col">Demanded</th><th scope="col" class="n">Value or effect</th><th scope="col" class="n">Bound</th><th scope="col">Standing</th></tr></thead>
            <tbody>{look.Guardrails.Select(guardrail => Row(data, guardrail))}</tbody></table></div>{shares}</section>
            """);
    }

    private static Html Row(DashboardData data, LookGuardrail guardrail)
    {
        var harm = IsHarm(data, guardrail);
        var measure = harm || IsShare(data, guardrail) ? Measure.Percent : Measure.OfValue(data.Metric(guardrail.Metric));
        var why = guardrail switch
        {
            { Reason: { } reason } => Html.Of($"<span class=\"why\">{Words.Of(reason)}</span>"),
            { Standing: GuardrailStanding.Undecided } => Html.Of($"<span class=\"why\">the interval reaches across the limit</span>"),
            _ => Html.Nothing,
        };
        return Html.Of($"""<tr><th scope="row">{guardrail.Metric}</th><td>{guardrail.Arm}</td><td class="said">{guardrail.Demand}</td><td class="n">{Shown(guardrail.Estimate, measure, harm)}</td><td class="n">{Shown(guardrail.Bound, measure, harm)}</td><td>{Standing.Of(guardrail.Standing).Badge()}{why}</td></tr>""");
    }

    private static Html Shown(double? number, Measure measure, bool signed) => signed && number is { } effect ? Figures.Effect(effect, measure, measure.Decimals(effect)) : Figures.Value(number, measure);

    private static bool IsShare(DashboardData data, LookGuardrail guardrail) => data.Experiment.Contract.IsShare(guardrail);

    // A metric may have a guardrail of each kind; then the threshold tells them apart.
    private static bool IsHarm(DashboardData data, LookGuardrail guardrail)
    {
        var agreed = data.Request.Guardrails.Where(g => g.Metric == guardrail.Metric).ToList();
        var harms = agreed.OfType<Guardrail.Harm>().ToList();
        return harms.Count == agreed.Count ? harms.Count > 0 : harms.Any(harm => harm.MaxHarm == guardrail.Threshold) && agreed.OfType<Guardrail.Limit>().All(limit => limit.Threshold != guardrail.Threshold);
    }
}
