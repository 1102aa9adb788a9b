using System.Globalization;

namespace Pawl.Flags;

/// <summary>What happens to the units of a split when another takes its place: they keep their variant, get another one, or drop out.</summary>
internal static class SplitMoves
{
    private const double Visible = 0.0001; // shares are told to a hundredth of a percent

    private static readonly string[] Hashing = ["seed", "hashAttribute", "hashVersion"];

    /// <summary>A sentence on the units that do not keep their variant; null where all do. Conditions are not looked at.</summary>
    public static string? Note(FlagRule before, FlagRule after)
    {
        if (Hashing.Any(member => Text(before, member) != Text(after, member))) return "All units are drawn anew: the split hashes them in another way.";
        if (Arms(before) is not { } old || Arms(after) is not { } next) return null;
        var (stay, move) = (0.0, 0.0);
        foreach (var (variant, range) in old)
        {
            foreach (var (other, now) in next)
            {
                var shared = Math.Max(0, Math.Min(range.End, now.End) - Math.Max(range.Start, now.Start));
                if (other == variant) stay += shared;
                else move += shared;
            }
        }

        var leave = old.Sum(arm => arm.Range.End - arm.Range.Start) - stay - move;
        string[] parts = [Share(move, "move to another variant"), Share(leave, "leave the split")];
        return parts.All(part => part.Length == 0) ? null : $"Of all units it asks, {string.Join(", ", parts.Where(part => part.Length > 0))}.";
    }

    private static string Share(double share, string what) => share < Visible ? "" : string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.##}% {what}");

    private static string? Text(FlagRule rule, string member) => rule.Document.TryGetProperty(member, out var value) ? value.GetRawText() : null;

    // Which buckets each variant has; null where a rule written by hand says it in another way.
    private static List<(string Variant, BucketRange Range)>? Arms(FlagRule rule)
    {
        if (!rule.Document.TryGetProperty("weights", out var weights) || rule.Document.TryGetProperty("ranges", out _)) return null;
        var coverage = rule.Document.TryGetProperty("coverage", out var given) ? given.GetDouble() : 1;
        var (arms, start) = (new List<(string, BucketRange)>(), 0.0);
        foreach (var (variant, weight) in rule.Variations.Zip(weights.EnumerateArray(), (variant, weight) => (variant, weight.GetDouble())))
        {
            arms.Add((variant, new BucketRange(start, start + (coverage * weight))));
            start += weight;
        }

        return arms;
    }
}
