namespace Pawl.Experiments.Dashboard;

/// <summary>
/// The rows of a forest plot: each interval on an axis with zero in the middle, so that the zero lines of metrics in different units stand below
/// each other. Places are percent of the width: text keeps its size however narrow the page is.
/// </summary>
internal sealed class ForestPlot
{
    private const double Middle = 17;

    private readonly Measure _measure;
    private readonly KnownMetric? _metric;
    private readonly double? _mde;
    private readonly int _decimals;

    /// <summary>A plot of one metric.</summary>
    /// <param name="effects">Its effects.</param>
    /// <param name="metric">What it is.</param>
    /// <param name="measure">How its effects are shown.</param>
    /// <param name="mde">The effect to be seen, with its sign; null: it has none.</param>
    public ForestPlot(IReadOnlyList<LookEffect> effects, KnownMetric? metric, Measure measure, double? mde)
    {
        (_measure, _metric, _mde) = (measure, metric, mde);
        Axis = Axis.AroundZero([.. effects.SelectMany(effect => new[] { effect.Estimate, effect.Lower, effect.Upper }), mde]);
        _decimals = effects.Select(measure.Decimals).DefaultIfEmpty(2).Max();
    }

    public Axis Axis { get; }

    public Html Number(double? effect) => Figures.Effect(effect, _measure, _decimals);

    public Html Row(LookEffect effect, string metric)
    {
        var standing = Standing.Of(effect, _metric);
        var shown = effect is { Lower: { } lower, Upper: { } upper }
            ? Html.Of($"{Interval(Axis.Place(lower), Axis.Place(upper), standing)}{standing.Mark(Axis.Place(effect.Estimate ?? double.NaN), Middle)}")
            : Html.Nothing;
        return Html.Of($"""<svg class="plot" width="100%" height="34" role="img"><title>{effect.Arm} on {metric}: {standing.Word}</title><desc>{Described(effect)}</desc>{Lines(34)}{shown}</svg>""");
    }

    /// <summary>The axis below the rows; what it says, the rows' descriptions say too.</summary>
    public Html Scale()
    {
        var ticks = Axis.Ticks(3);
        var decimals = ticks.Count > 1 ? Math.Max(0, _measure.Decimals(ticks[1] - ticks[0]) - 1) : 0;
        var labels = ticks.Select(tick => Html.Of($"""<line class="tickline" x1="{Axis.At(Axis.Place(tick))}%" x2="{Axis.At(Axis.Place(tick))}%" y1="0" y2="4"/><text class="tick" x="{Axis.At(Axis.Place(tick))}%" y="17" text-anchor="middle">{_measure.Signed(tick, decimals)}</text>"""));
        return Html.Of($"""<svg class="plot" width="100%" height="22" aria-hidden="true"><line class="axis" x1="0" x2="100%" y1="0.5" y2="0.5"/>{labels}</svg>""");
    }

    private static Html Interval(double from, double to, Standing standing) => Html.Of($"""
        <g class="interval {standing.Class}"><line x1="{Axis.At(from)}%" x2="{Axis.At(to)}%" y1="17" y2="17"/><line x1="{Axis.At(from)}%" x2="{Axis.At(from)}%" y1="12" y2="22"/><line x1="{Axis.At(to)}%" x2="{Axis.At(to)}%" y1="12" y2="22"/></g>
        """);

    private Html Lines(int height)
    {
        var mde = _mde is { } effect ? Html.Of($"""<line class="mde" x1="{Axis.At(Axis.Place(effect))}%" x2="{Axis.At(Axis.Place(effect))}%" y1="0" y2="{Axis.At(height)}"/>""") : Html.Nothing;
        return Html.Of($"""<line class="zero" x1="50%" x2="50%" y1="0" y2="{Axis.At(height)}"/>{mde}""");
    }

    private string Described(LookEffect effect) => effect is { Estimate: { } estimate, Lower: { } lower, Upper: { } upper }
        ? $"{_measure.Signed(estimate, _decimals)}, interval {_measure.Signed(lower, _decimals)} to {_measure.Signed(upper, _decimals)}"
        : effect.Reason is { } reason ? Words.Of(reason) : "no interval";
}
