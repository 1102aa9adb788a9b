using System.Text;

namespace Pawl.Flags;

/// <summary>
/// Texts on which a pattern backtracks without end, if it does on any: for each repetition in it what leads there, then what the repetition
/// stands for many times over, then something that spoils the match. What stands for a set are the starts of its ranges: where two ranges
/// overlap, one of both starts is in the other.
/// </summary>
internal static class PatternProbes
{
    private const int Pumped = 24; // two ways each time are 16 million
    private const int FewTimes = 8;
    private const int Samples = 32;
    private const int Characters = 400;
    private const string Common = "a0 _-=!é\u0001\n";

    // A line's end for patterns with a dot, which takes all else; separators twice for classes that take all but one of them.
    private static readonly string[] Spoilers = ["!\u0001", "\n", ",,", ";;", "//", "  "];

    public static IEnumerable<string> Of(PatternNode pattern) => Pumps(pattern, "").SelectMany(_ => Spoilers, (probe, spoiler) => probe + spoiler);

    private static IEnumerable<string> Pumps(PatternNode node, string prefix)
    {
        switch (node)
        {
            case PatternNode.Loop loop:
                var times = Math.Min(Math.Max(Pumped, loop.Least), loop.Most);
                if (times >= FewTimes)
                {
                    foreach (var sample in Sample(loop.Body).Where(s => s.Length > 0)) yield return prefix + Times(sample, times);
                }

                foreach (var inner in Pumps(loop.Body, prefix)) yield return inner;
                break;
            case PatternNode.Choice(var options):
                foreach (var inner in options.SelectMany(option => Pumps(option, prefix))) yield return inner;
                break;
            case PatternNode.Ahead(var body, _):
                foreach (var inner in Pumps(body, prefix)) yield return inner;
                break;
            case PatternNode.Sequence(var items):
                foreach (var item in items)
                {
                    foreach (var inner in Pumps(item, prefix)) yield return inner;
                    prefix = Short(prefix + Sample(item).FirstOrDefault(""));
                }

                break;
        }
    }

    // Texts that a part matches: different ones rather than all.
    private static List<string> Sample(PatternNode node) => node switch
    {
        PatternNode.Set set => OfSet(set),
        PatternNode.Sequence(var items) => OfSequence(items),
        PatternNode.Choice(var options) => [.. options.Select(Sample).SelectMany(s => s.Select((text, place) => (text, place))).OrderBy(s => s.place).Select(s => s.text).Distinct(StringComparer.Ordinal).Take(Samples)],
        PatternNode.Loop loop => OfLoop(loop),
        _ => [""],
    };

    private static List<string> OfSet(PatternNode.Set set) => set.IsNegated
        ? [.. Common.Where(c => set.Contains(c, anyCase: false)).Take(3).Select(c => c.ToString())]
        : [.. set.Ranges.Select(range => range.From.ToString()).Distinct(StringComparer.Ordinal).Take(Samples)];

    private static List<string> OfLoop(PatternNode.Loop loop)
    {
        var samples = Sample(loop.Body).ConvertAll(s => Times(s, Math.Max(1, loop.Least)));
        if (loop.Least == 0) samples.Add("");
        return samples;
    }

    private static List<string> OfSequence(IReadOnlyList<PatternNode> items)
    {
        var parts = items.Select(Sample).ToList();
        var samples = new List<string> { Joined(parts, -1, "") };
        for (var n = 0; n < parts.Count && samples.Count < Samples; n++)
        {
            foreach (var other in parts[n].Skip(1)) samples.Add(Joined(parts, n, other));
        }

        return [.. samples.Distinct(StringComparer.Ordinal).Take(Samples)];
    }

    private static string Joined(List<List<string>> parts, int changed, string other) =>
        Short(string.Concat(parts.Select((part, n) => n == changed ? other : part.FirstOrDefault(""))));

    private static string Times(string sample, int times) =>
        sample.Length == 0 ? "" : new StringBuilder().Insert(0, sample, Math.Min(times, Math.Max(Pumped, Characters / sample.Length))).ToString();

    private static string Short(string text) => text.Length <= Characters ? text : text[..Characters];
}
