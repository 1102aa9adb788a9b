using System.Globalization;

namespace Pawl.Experiments.Files;

/// <summary>The split agreed on: a weight for each arm, of which only the proportions count.</summary>
public sealed class ArmSplit
{
    private readonly IReadOnlyList<(string? Arm, double Weight)> _parts;

    private ArmSplit(IReadOnlyList<(string? Arm, double Weight)> parts) => _parts = parts;

    /// <summary>Reads <c>control=50,treatment=50</c>, or only the weights, the control's first: <c>50,50</c> or <c>50/50</c>.</summary>
    /// <exception cref="BadInputException">It does not read so.</exception>
    public static ArmSplit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isNamed = text.Contains('=', StringComparison.Ordinal);
        var parts = new List<(string? Arm, double Weight)>();
        foreach (var part in isNamed ? text.Split(',') : text.Split(',', '/'))
        {
            var equals = part.LastIndexOf('=');
            if (isNamed && equals < 1 || !IsWeight(part[(equals + 1)..], out var weight))
                throw new BadInputException($"A split is a list of arms and weights such as control=50,treatment=50, or of weights such as 50,50, not \"{text}\".");
            parts.Add((isNamed ? part[..equals].Trim() : null, weight));
        }

        if (isNamed && parts.GroupBy(p => p.Arm, StringComparer.Ordinal).FirstOrDefault(named => named.Count() > 1) is { } twice)
            throw new BadInputException($"The split \"{text}\" names {twice.Key} twice.");
        return new ArmSplit(parts);
    }

    /// <summary>The weights of the arms in their order.</summary>
    internal IReadOnlyList<double> For(IReadOnlyList<string> arms)
    {
        if (_parts.Count != arms.Count)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"The split has {_parts.Count} weights, and there are {arms.Count} arms: {string.Join(", ", arms)}."));
        if (_parts[0].Arm is null)
        {
            return arms.Count == 2
                ? [.. _parts.Select(p => p.Weight)]
                : throw new BadInputException("Name the arms of a split of more than two, such as control=50,a=25,b=25.");
        }

        return [.. arms.Select(arm => _parts.Any(p => p.Arm == arm)
            ? _parts.First(p => p.Arm == arm).Weight
            : throw new BadInputException($"The split has no weight for {arm}."))];
    }

    private static bool IsWeight(string text, out double weight) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out weight) && weight is > 0 and < double.PositiveInfinity;
}
