namespace Pawl.Experiments.Dashboard;

/// <summary>How the interval of the primary metric narrowed from look to look.</summary>
internal static class TimeSection
{
    public static Html Draw(DashboardData data)
    {
        if (data.Measured is not { } measured || DashboardData.Primary(measured) is not { Effects.Count: > 0 } primary) return Html.Nothing;
        var plots = primary.Effects.Select(effect =>
        {
            var measure = Measure.OfEffect(data.Metric(primary.Name), effect.Difference);
            return (effect.Arm, Plot: new IntervalPlot(effect.Arm, data.Looks, measure, EffectsSection.MdeOf(data, primary), data.Decided));
        }).ToList();
        if (plots.All(plot => !plot.Plot.HasPoints)) return Html.Nothing;
        var unit = Measure.OfEffect(data.Metric(primary.Name), primary.Effects[0].Difference).Label;
        var figures = plots.Where(plot => plot.Plot.HasPoints).Select(plot => Html.Of(
            $"""<figure><figcaption><b>{plot.Arm}</b>{(plot.Plot.IsCut ? "; early intervals reach beyond the plot" : "")}</figcaption>{plot.Plot.Draw()}</figure>"""));
        return Html.Of($"""
            <section><h2>{primary.Name} over time</h2>
            <p class="lead">The estimate and its interval at each look, {unit}. The experiment is decided by where the interval lies, not by the estimate.</p>
            <div class="figures">{figures}</div></section>
            """);
    }
}
