using System.Globalization;

namespace Pawl.Experiments.Files;

/// <summary>What a column of a unit's rows is taken for.</summary>
public enum MetricKind
{
    /// <summary>The mean of a number per unit; several rows of a unit add up.</summary>
    Mean,

    /// <summary>The share of units that have a property; one of a unit's rows suffices.</summary>
    Proportion,
}

/// <summary>A metric over a column of a file.</summary>
/// <param name="Name">The column.</param>
/// <param name="Kind">What it is taken for.</param>
/// <param name="Cap">
/// The percentile, above 0 and below 1, whose value no unit's total may exceed: rank ⌈νn⌉ of the totals of all arms, zeros included. Null for none.
/// </param>
public sealed record MetricColumn(string Name, MetricKind Kind, decimal? Cap = null)
{
    /// <summary>Reads <c>COLUMN:KIND[:cap=ν]</c>, such as <c>sum_gamerounds:mean:cap=0.999</c>. A column's name may hold colons.</summary>
    /// <exception cref="BadInputException">It does not read so.</exception>
    public static MetricColumn Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (rest, cap) = CutLast(text) is (var before, ['c', 'a', 'p', '=', .. var value]) ? (before, value) : (text, null);
        var (name, kind) = CutLast(rest);
        if (name.Length == 0) throw Malformed(text);
        return kind switch
        {
            "mean" => new MetricColumn(name, MetricKind.Mean, cap is null ? null : Percentile(cap, text)),
            "proportion" when cap is not null => throw new BadInputException($"The metric \"{text}\" caps a proportion. Only a mean can be capped."),
            "proportion" => new MetricColumn(name, MetricKind.Proportion),
            _ => throw Malformed(text),
        };
    }

    private static (string Before, string Last) CutLast(string text) => text.LastIndexOf(':') is >= 0 and var at ? (text[..at], text[(at + 1)..]) : ("", text);

    private static decimal Percentile(string value, string metric) =>
        decimal.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percentile) && percentile is > 0 and < 1
            ? percentile
            : throw new BadInputException($"The cap of the metric \"{metric}\" is a percentile above 0 and below 1, such as cap=0.999.");

    private static BadInputException Malformed(string text) =>
        new($"A metric is COLUMN:mean, COLUMN:mean:cap=PERCENTILE or COLUMN:proportion, not \"{text}\".");
}
