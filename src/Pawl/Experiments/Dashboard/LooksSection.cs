namespace Pawl.Experiments.Dashboard;

/// <summary>The steps of the ramp and the looks: those that may decide, and those at which something happened; the quiet ones stand folded.</summary>
internal static class LooksSection
{
    /// <summary>Quiet looks that are listed, the newest; the data have all.</summary>
    public const int QuietMax = 400;

    public static Html Draw(DashboardData data) => Html.Of($"{Ramp(data)}{Looks(data)}");

    private static Html Ramp(DashboardData data)
    {
        if (data.Request.Ramp.Count < 2) return Html.Nothing;
        var rows = data.Ramp.Select(step => Html.Of(
            $"""<tr class="{(step.Place == data.Experiment.RampStep ? "current" : "")}"><th scope="row">{Figures.Percent(step.Percent)} of the population</th><td>{step.State}</td><td>{Figures.Time(step.FirstLook)}</td><td class="n">{Figures.Count(step.Looks)}</td></tr>"""));
        return Html.Of($"""
            <section><h2>Ramp</h2><p class="lead">A step changes who is in, never the split. Only the last one may promote.</p>
            <div class="scroll"><table><thead><tr><th scope="col">Step</th><th scope="col">State</th><th scope="col">First look</th><th scope="col" class="n">Looks</th></tr></thead><tbody>{rows}</tbody></table></div></section>
            """);
    }

    private static Html Looks(DashboardData data)
    {
        if (data.Looks.Count == 0) return Html.Of($"""<section><h2>Looks</h2><p class="empty">None was made yet.</p></section>""");
        var quiet = data.Quiet;
        var treatments = data.Request.Treatments.Select(arm => arm.Name).ToList();
        var heads = treatments.Select(arm => Html.Of($"<th scope=\"col\" class=\"n\">{arm}</th>"));
        var folded = quiet.Count == 0 ? Html.Nothing : Html.Of($"""
            <details><summary>{Figures.Count(quiet.Count)} looks at the guardrails only, with nothing new{(quiet.Count > QuietMax ? "; the newest are listed" : "")}</summary>
            <div class="scroll"><table class="dense"><thead><tr><th scope="col" class="n">Look</th><th scope="col">At</th><th scope="col" class="n">After</th><th scope="col">Verdict</th></tr></thead><tbody>{quiet.Reverse().Take(QuietMax).Select(Quiet)}</tbody></table></div></details>
            """);
        return Html.Of($"""
            <section><h2>Looks</h2><p class="lead">Those that may decide and those at which something happened, the newest first. The effect is that on {data.Request.PrimaryMetric}.</p>
            <div class="scroll"><table><thead><tr><th scope="col" class="n">Look</th><th scope="col">At</th><th scope="col" class="n">After</th><th scope="col" class="n">Units</th>{heads}<th scope="col">Verdict</th></tr></thead><tbody>{data.Telling.Reverse().Select(look => Telling(data, treatments, look))}</tbody></table></div>{folded}</section>
            """);
    }

    private static Html Telling(DashboardData data, List<string> treatments, LookReport look)
    {
        var primary = DashboardData.Primary(look);
        var effects = treatments.Select(arm => Html.Of($"<td class=\"n\">{Effect(data, primary, primary?.Effects.FirstOrDefault(effect => effect.Arm == arm))}</td>"));
        return Html.Of($"""<tr><th scope="row" class="n">{Figures.Count(look.Number)}</th><td>{Figures.Time(look.At)}</td><td class="n">{Figures.Duration(look.ElapsedHours)}</td><td class="n">{Figures.Count(DashboardData.UnitsOf(look))}</td>{effects}<td>{Verdict(look)}</td></tr>""");
    }

    private static Html Effect(DashboardData data, LookMetric? primary, LookEffect? effect)
    {
        if (primary is null || effect?.Estimate is not { } estimate) return Figures.None;
        var measure = Measure.OfEffect(data.Metric(primary.Name), effect.Difference);
        return Figures.Effect(estimate, measure, measure.Decimals(effect));
    }

    private static Html Quiet(LookReport look) =>
        Html.Of($"""<tr><td class="n">{Figures.Count(look.Number)}</td><td>{Figures.Time(look.At)}</td><td class="n">{Figures.Duration(look.ElapsedHours)}</td><td>{Verdict(look)}</td></tr>""");

    private static Html Verdict(LookReport look) => Html.Of($"{Words.Short(look.Verdict.State)}{(look.Verdict.Reasons.Count > 0 ? ": " + string.Join(", ", look.Verdict.Reasons.Select(reason => Words.Of(reason.Code).ToLowerInvariant()).Distinct(StringComparer.Ordinal)) : "")}");
}
