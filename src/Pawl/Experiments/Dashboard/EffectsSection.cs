using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>The effect of each treatment on each metric: a forest plot, its numbers beside it.</summary>
internal static class EffectsSection
{
    public static Html Draw(DashboardData data)
    {
        if (data.Measured is not { } look || look.Metrics.All(metric => metric.Effects.Count == 0))
            return Html.Of($"""<section><h2>Effects</h2><p class="empty">No effect has been measured yet.</p>{Values(data)}</section>""");
        var bodies = look.Metrics.Where(metric => metric.Effects.Count > 0).OrderByDescending(metric => metric.IsPrimary).Select(metric => Metric(data, metric));
        return Html.Of($"""
            <section><h2>Effects</h2>
            <p class="lead">Each treatment against the control at look {Figures.Count(look.Number)}, {Figures.Time(look.At)}. Intervals at {Figures.Share(data.IntervalLevel)}; the method is {Words.Of(data.Request.Analysis.Method)}.</p>
            <table class="forest"><thead><tr><th scope="col">Treatment</th><th scope="col">Interval</th><th scope="col" class="n">Effect</th><th scope="col" class="n">from – to</th><th scope="col" class="n">p</th><th scope="col">Reading</th></tr></thead>
            {bodies}</table>
            <p class="key">{Standing.Better.Badge()} {Standing.Worse.Badge()} {Standing.Open.Badge()} <span class="badge"><svg width="22" height="14" aria-hidden="true"><line class="zero" x1="11" x2="11" y1="0" y2="14"/></svg>no difference</span> <span class="badge"><svg width="22" height="14" aria-hidden="true"><line class="mde" x1="11" x2="11" y1="0" y2="14"/></svg>MDE: {Mde(data)}</span></p>
            {Values(data)}</section>
            """);
    }

    /// <summary>The MDE with the sign of an improvement; null for another metric than the primary one.</summary>
    public static double? MdeOf(DashboardData data, LookMetric metric) =>
        !metric.IsPrimary || metric.Effects.Any(effect => effect.Difference != data.Request.MdeKind) ? null
        : data.Metric(metric.Name)?.Better == Side.Less ? -data.Request.Mde : data.Request.Mde;

    private static Html Mde(DashboardData data) => Figures.Given(data.Request.Mde, Measure.OfEffect(data.Metric(data.Request.PrimaryMetric), data.Request.MdeKind));

    private static Html Metric(DashboardData data, LookMetric metric)
    {
        var known = data.Metric(metric.Name);
        var measure = Measure.OfEffect(known, metric.Effects[0].Difference);
        var plot = new ForestPlot(metric.Effects, known, measure, MdeOf(data, metric));
        var side = known is null ? "" : known.Better == Side.Greater ? "higher is better" : "lower is better";
        var decides = metric.IsPrimary ? Html.Of($" <span class=\"tag\">decides</span>") : Html.Nothing;
        return Html.Of($"""
            <tbody><tr class="metric"><th scope="rowgroup" colspan="6">{metric.Name}{decides} <span class="unit">{measure.Label}{(side.Length > 0 ? ", " + side : "")}</span></th></tr>
            {metric.Effects.Select(effect => Row(plot, effect, metric, known))}
            {(metric.Effects.Any(effect => effect.Lower is not null) ? Html.Of($"<tr class=\"scale\"><td></td><td>{plot.Scale()}</td><td colspan=\"4\"></td></tr>") : Html.Nothing)}</tbody>
            """);
    }

    private static Html Row(ForestPlot plot, LookEffect effect, LookMetric metric, KnownMetric? known)
    {
        var standing = Standing.Of(effect, known);
        var why = effect.Reason is { } reason ? Html.Of($"<span class=\"why\">{Words.Of(reason)}</span>") : Html.Nothing;
        var interval = effect is { Lower: null, Upper: null } ? Figures.None : Html.Of($"{plot.Number(effect.Lower)} – {plot.Number(effect.Upper)}");
        return Html.Of($"""<tr><th scope="row">{effect.Arm}</th><td class="drawn">{plot.Row(effect, metric.Name)}</td><td class="n strong">{plot.Number(effect.Estimate)}</td><td class="n">{interval}</td><td class="n">{Figures.Probability(effect.P)}</td><td>{standing.Badge()}{why}</td></tr>""");
    }

    private static Html Values(DashboardData data)
    {
        if (data.Measured is not { } look) return Html.Nothing;
        var arms = data.Request.Arms.Select(arm => Html.Of($"<th scope=\"col\" class=\"n\">{arm.Name}</th>"));
        var rows = look.Metrics.Select(metric => Html.Of($"<tr><th scope=\"row\">{metric.Name}</th>{metric.Values.Select(value => Html.Of($"<td class=\"n\">{Figures.Value(value, Measure.OfValue(data.Metric(metric.Name)))}</td>"))}</tr>"));
        return Html.Of($"""<h3>Values in each arm</h3><div class="scroll"><table><thead><tr><th scope="col">Metric</th>{arms}</tr></thead><tbody>{rows}</tbody></table></div>""");
    }
}
