namespace Pawl.Experiments.Dashboard;

/// <summary>The head of the page: what is tried, the state and what it asks of the reader, and the numbers one wants first.</summary>
internal static class SummarySection
{
    public static Html Draw(DashboardData data)
    {
        var note = StateNote.Of(data);
        return Html.Of($"""
            <header>
            <p class="eyebrow">Experiment <code>{data.Experiment.Id}</code></p>
            <h1>{data.Contract.Terms.FlagKey}</h1>
            {Hypothesis(data)}
            <section class="state {note.Class}" aria-labelledby="state">
            {Icon(note.Class)}
            <div><h2 id="state">{note.Title}</h2><p>{note.Meaning}</p>{Reasons(data)}<p class="next"><strong>Next:</strong> {note.Next}</p></div>
            </section>
            {Tiles(data)}
            </header>
            """);
    }

    private static Html Hypothesis(DashboardData data) => data.Request.Hypothesis.Length > 0
        ? Html.Of($"<p class=\"hypothesis\">{data.Request.Hypothesis}</p>")
        : Html.Of($"<p class=\"hypothesis none\">No hypothesis was given.</p>");

    private static Html Reasons(DashboardData data)
    {
        if (data.Verdict is not { } verdict) return Html.Nothing;
        return Html.Of($"""<ul class="reasons">{verdict.Reasons.Select(Reason)}</ul>""");
    }

    public static Html Reason(VerdictReason reason) => Html.Of($"<li><b>{Words.Of(reason.Code)}.</b> <span class=\"said\">{reason.Text}</span></li>");

    // A check, a cross, a circle and an arrow: the state can be told without its colour.
    private static Html Icon(string state) => Html.Of($"""<svg class="icon" width="36" height="36" viewBox="0 0 36 36" aria-hidden="true"><circle cx="18" cy="18" r="18"/><path d="{state switch
    {
        "good" => "M10.5 18.5 16 24 26 13",
        "bad" => "M12 12 24 24M24 12 12 24",
        "open" => "M11 18H25",
        _ => "M18 9.5V18L23.5 21.5",
    }}"/></svg>""");

    private static Html Tiles(DashboardData data) => Html.Of($"""
        <dl class="tiles">
        {Tile(Html.Of($"{data.Request.PrimaryMetric}"), Effect(data), EffectNote(data))}
        {Tile(Html.Of($"Units"), Figures.Count(data.Units), Html.Of($"of {Figures.Count(data.PlannedUnits)} planned"), data.Units / Math.Max(1, data.PlannedUnits))}
        {Tile(Html.Of($"Time"), data.Last is { } last ? Figures.Duration(last.ElapsedHours) : Figures.None, Html.Of($"of at most {Figures.OfDays(data.Request.MaxDurationDays)}"), (data.Last?.ElapsedHours ?? 0) / 24 / data.Request.MaxDurationDays)}
        {Tile(Html.Of($"Looks"), Figures.Count(data.Looks.Count), data.Last is { } at ? Html.Of($"last {Figures.Time(at.At)}") : Html.Of($"none yet"))}
        </dl>
        """);

    private static Html Tile(Html name, Html value, Html note, double? done = null)
    {
        var bar = done is { } share
            ? Html.Of($"""<svg class="bar" width="100%" height="4" aria-hidden="true"><rect class="whole" width="100%" height="4" rx="2"/><rect class="done" width="{Axis.At(Math.Clamp(share, 0, 1) * 100)}%" height="4" rx="2"/></svg>""")
            : Html.Nothing;
        return Html.Of($"""<div><dt>{name}</dt><dd class="big">{value}</dd><dd>{note}{bar}</dd></div>""");
    }

    private static (LookEffect Effect, Measure Measure)? Best(DashboardData data)
    {
        if (data.Measured is not { } look || DashboardData.Primary(look) is not { } primary) return null;
        var lower = data.Metric(primary.Name)?.Better == Statistics.Side.Less;
        var promoted = (data.Verdict as Verdict.Promote)?.Arm;
        return primary.Effects.Where(effect => effect.Estimate is not null)
            .OrderByDescending(effect => effect.Arm == promoted).ThenByDescending(effect => lower ? -effect.Estimate : effect.Estimate)
            .Select(effect => ((LookEffect, Measure)?)(effect, Measure.OfEffect(data.Metric(primary.Name), effect.Difference))).FirstOrDefault();
    }

    private static Html Effect(DashboardData data) => Best(data) is { } best ? Figures.Effect(best.Effect.Estimate, best.Measure, best.Measure.Decimals(best.Effect)) : Figures.None;

    private static Html EffectNote(DashboardData data)
    {
        if (Best(data) is not { } best) return Html.Of($"no effect yet");
        var interval = best.Effect is { Lower: not null, Upper: not null }
            ? Html.Of($", interval {Figures.Effect(best.Effect.Lower, best.Measure, best.Measure.Decimals(best.Effect))} to {Figures.Effect(best.Effect.Upper, best.Measure, best.Measure.Decimals(best.Effect))}")
            : Html.Of($", not tested");
        return Html.Of($"<span>{best.Effect.Arm}</span>{interval}");
    }
}
