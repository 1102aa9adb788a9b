using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>What an effect says of its metric: told by a colour, a shape and a word, never by a colour alone.</summary>
internal sealed record Standing(string Class, string Word, string Shape)
{
    public static Standing Better { get; } = new("good", "better", "M-6 0 0-6 6 0 0 6Z");

    public static Standing Worse { get; } = new("bad", "worse", "M-5-5H5V5H-5Z");

    public static Standing Open { get; } = new("open", "undecided", "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1-5 0Z");

    public static Standing Untested { get; } = new("open", "not tested", "M-5 0H5");

    /// <summary>Where an effect stands: it is better or worse once its interval lies on one side of zero.</summary>
    public static Standing Of(LookEffect effect, KnownMetric? metric) => effect switch
    {
        { Estimate: null } or { Lower: null } or { Upper: null } => Untested,
        { Lower: > 0 } => metric?.Better == Side.Less ? Worse : Better,
        { Upper: < 0 } => metric?.Better == Side.Less ? Better : Worse,
        _ => Open,
    };

    public static Standing Of(GuardrailStanding standing) => standing switch
    {
        GuardrailStanding.Holds => Better with { Word = "holds" },
        GuardrailStanding.Breached => Worse with { Word = "breached" },
        _ => Open,
    };

    /// <summary>The shape at a place.</summary>
    public Html Mark(double percent, double y) =>
        Html.Of($"<svg x=\"{Axis.At(percent)}%\" y=\"{Axis.At(y)}\" overflow=\"visible\"><path class=\"mark {Class}\" d=\"{Shape}\"/></svg>");

    /// <summary>The shape and the word in a line of text.</summary>
    public Html Badge() => Html.Of($"<span class=\"badge {Class}\"><svg width=\"14\" height=\"14\" viewBox=\"-7 -7 14 14\" aria-hidden=\"true\"><path class=\"mark {Class}\" d=\"{Shape}\"/></svg>{Word}</span>");
}
