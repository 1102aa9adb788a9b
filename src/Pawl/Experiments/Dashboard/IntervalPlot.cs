namespace Pawl.Experiments.Dashboard;

/// <summary>
/// The interval of the primary metric over time, of one treatment. The labels of the vertical axis stand in a drawing of fixed width beside the other,
/// whose places are percent of its width.
/// </summary>
internal sealed class IntervalPlot
{
    /// <summary>Points beyond which every second, third … is left out; the last one never.</summary>
    public const int PointsMax = 400;

    private const int WhiskersMax = 45;
    private const int Top = 10;
    private const int Height = 220;
    private const int Whole = Top + Height + 34;

    private readonly string _arm;
    private readonly IReadOnlyList<(LookReport Look, LookEffect Effect)> _points;
    private readonly Measure _measure;
    private readonly double? _mde;
    private readonly LookReport? _decided;
    private readonly IReadOnlyList<double> _ticks;

    /// <summary>The plot of one treatment.</summary>
    /// <param name="arm">The treatment.</param>
    /// <param name="looks">All looks, in order.</param>
    /// <param name="measure">How the effect is shown.</param>
    /// <param name="mde">The effect to be seen, with its sign; null: it has none.</param>
    /// <param name="decided">The look of the verdict; null: it runs.</param>
    public IntervalPlot(string arm, IReadOnlyList<LookReport> looks, Measure measure, double? mde, LookReport? decided)
    {
        (_arm, _measure, _mde, _decided) = (arm, measure, mde, decided);
        (LookReport Look, LookEffect Effect)[] all = [.. from look in looks
                                                         from effect in DashboardData.Primary(look)?.Effects ?? []
                                                         where effect is { Estimate: not null, Lower: not null, Upper: not null }
                                                         select (look, effect)];
        _points = Thinned([.. all.Where(point => point.Effect.Arm == arm)]);
        Time = Axis.FromZero(Math.Max(_points.Count > 0 ? _points[^1].Look.ElapsedHours : 0, decided?.ElapsedHours ?? 0) / 24);
        // The first intervals are many times as wide as those that decide; the axis is for these.
        // It is the same for all treatments, so that their plots can be compared.
        var late = all.Skip(all.Length / 3).SelectMany(point => new[] { point.Effect.Lower, point.Effect.Upper }).Concat(all.Select(point => point.Effect.Estimate));
        Effect = Axis.Over([.. late, 0.0, mde]);
        _ticks = Effect.Ticks(5);
        IsCut = _points.Any(point => point.Effect.Lower < Effect.Low || point.Effect.Upper > Effect.High);
    }

    /// <summary>Whether there is an interval to show.</summary>
    public bool HasPoints => _points.Count > 0;

    /// <summary>Whether some intervals reach beyond the plot.</summary>
    public bool IsCut { get; }

    /// <summary>Days since the start.</summary>
    public Axis Time { get; }

    /// <summary>The effect.</summary>
    public Axis Effect { get; }

    public Html Draw()
    {
        var decimals = _ticks.Count > 1 ? Math.Max(0, _measure.Decimals(_ticks[1] - _ticks[0]) - 1) : 0;
        var labels = _ticks.Select(tick => Html.Of($"""<text class="tick" x="100%" dx="-8" y="{Axis.At(Y(tick) + 4)}" text-anchor="end">{_measure.Signed(tick, decimals)}</text>"""));
        return Html.Of($"""
            <div class="chart"><svg class="plot labels" width="74" height="{Axis.At(Whole)}" aria-hidden="true">{labels}</svg>
            <svg class="plot" width="100%" height="{Axis.At(Whole)}" role="img"><title>The interval of {_arm} over time</title><desc>{Described()}</desc>
            {Grid()}
            <svg x="0" y="{Axis.At(Top)}" width="100%" height="{Axis.At(Height)}" viewBox="0 0 100 100" preserveAspectRatio="none"><path class="band" d="{Band()}"/><path class="line" d="{Path(_points.Select(point => point.Effect.Estimate!.Value))}"/></svg>
            {Whiskers()}{Lines()}{End()}</svg></div>
            """);
    }

    private double X(LookReport look) => Time.Place(look.ElapsedHours / 24);

    private double Y(double effect) => Top + (Height * (100 - Effect.Place(effect)) / 100);

    // Far outside the drawing a coordinate is cut off: what it belongs to is not visible there.
    private double Cut(double effect) => Math.Clamp(Y(effect), Top, Top + Height);

    private Html Grid()
    {
        var rows = _ticks.Select(tick => Html.Of($"""<line class="grid" x1="0" x2="100%" y1="{Axis.At(Y(tick))}" y2="{Axis.At(Y(tick))}"/>"""));
        var days = Time.Ticks(6).Where(day => day >= 0).Select(day => Html.Of($"""<text class="tick" x="{Axis.At(Time.Place(day))}%" y="{Axis.At(Top + Height + 16)}" text-anchor="{(day == 0 ? "start" : "middle")}">{Measure.Plain.Text(day, day == Math.Floor(day) ? 0 : 1)}</text>"""));
        return Html.Of($"""{rows}{days}<text class="tick" x="50%" y="{Axis.At(Top + Height + 31)}" text-anchor="middle">days since the start</text>""");
    }

    private string Band() => _points.Count < 2
        ? ""
        : Path(_points.Select(point => point.Effect.Upper!.Value)) + "L" + string.Join('L', _points.Reverse().Select(point => Point(point.Look, point.Effect.Lower!.Value))) + "Z";

    private string Path(IEnumerable<double> effects) => _points.Count < 2 ? "" : "M" + string.Join('L', _points.Zip(effects, (point, effect) => Point(point.Look, effect)));

    private string Point(LookReport look, double effect) => $"{Axis.At(X(look))} {Axis.At(100 - Effect.Place(effect))}";

    private IEnumerable<Html> Whiskers() => _points.Count > WhiskersMax ? [] : _points.Select(point => Html.Of(
        $"""<line class="whisker" x1="{Axis.At(X(point.Look))}%" x2="{Axis.At(X(point.Look))}%" y1="{Axis.At(Cut(point.Effect.Upper!.Value))}" y2="{Axis.At(Cut(point.Effect.Lower!.Value))}"/><circle class="point" cx="{Axis.At(X(point.Look))}%" cy="{Axis.At(Y(point.Effect.Estimate!.Value))}" r="2.5"/>"""));

    // Each label stands on the side away from the other line.
    private Html Lines()
    {
        var mde = _mde is { } effect
            ? Html.Of($"""<line class="mde" x1="0" x2="100%" y1="{Axis.At(Y(effect))}" y2="{Axis.At(Y(effect))}"/><text class="tick" x="4" y="{Axis.At(Y(effect) + (effect > 0 ? -5 : 14))}">MDE</text>""")
            : Html.Nothing;
        return Html.Of($"""<line class="zero" x1="0" x2="100%" y1="{Axis.At(Y(0))}" y2="{Axis.At(Y(0))}"/><text class="tick" x="4" y="{Axis.At(Y(0) + (_mde > 0 ? 14 : -5))}">no difference</text>{mde}""");
    }

    private Html End()
    {
        if (_decided is null) return Html.Nothing;
        var x = X(_decided);
        var anchor = x > 50 ? "end" : "start";
        return Html.Of($"""
            <line class="verdict" x1="{Axis.At(x)}%" x2="{Axis.At(x)}%" y1="{Axis.At(Top)}" y2="{Axis.At(Top + Height)}"/><svg x="{Axis.At(x)}%" y="{Axis.At(Top)}" overflow="visible"><path class="flag" d="M-5 0H5L0 7Z"/></svg><text class="said" x="{Axis.At(x)}%" dx="{(x > 50 ? "-9" : "9")}" y="{Axis.At(Top + 8)}" text-anchor="{anchor}">{Words.Short(_decided.Verdict.State)}</text>
            """);
    }

    private string Described()
    {
        if (!HasPoints) return "There is no interval yet.";
        var (look, last) = _points[^1];
        var decimals = _measure.Decimals(last);
        return $"At the last look shown, on day {Measure.Plain.Text(look.ElapsedHours / 24, 1)}, the effect is {_measure.Signed(last.Estimate!.Value, decimals)}, its interval {_measure.Signed(last.Lower!.Value, decimals)} to {_measure.Signed(last.Upper!.Value, decimals)}.";
    }

    private static IReadOnlyList<(LookReport, LookEffect)> Thinned(List<(LookReport Look, LookEffect Effect)> points)
    {
        if (points.Count <= PointsMax) return points;
        var every = ((points.Count - 1) / (PointsMax - 1)) + 1;
        return [.. points.Where((_, i) => (points.Count - 1 - i) % every == 0)];
    }
}
