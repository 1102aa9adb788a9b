namespace Pawl.Flags;

/// <summary>
/// Matches as JavaScript's engines do, by trying one way after the other, and counts the steps. It does not matter here what matches:
/// .NET's own engine would take shortcuts that those do not.
/// </summary>
internal sealed class PatternTrial(PatternNode pattern, bool anyCase)
{
    private const int Depth = 1000; // as far as the stack goes; an endless pattern is found long before

    private string text = "";
    private int left;
    private int depth;

    /// <summary>How many steps it takes to see whether the pattern is anywhere in a text; <paramref name="most"/> where it takes more.</summary>
    public int Steps(string text, int most)
    {
        (this.text, left, depth) = (text, most, 0);
        for (var start = 0; start <= text.Length && left > 0; start++)
        {
            if (Match(pattern, start, static _ => true)) break;
        }

        return most - Math.Max(left, 0);
    }

    // Once no steps are left, everything "matches", which ends the trial.
    private bool Match(PatternNode node, int at, Func<int, bool> rest)
    {
        if (--left <= 0) return true;
        if (depth >= Depth) return false;
        depth++;
        var matches = node switch
        {
            PatternNode.Set set => Has(set, at) && rest(at + 1),
            PatternNode.Sequence(var items) => Items(items, 0, at, rest),
            PatternNode.Choice(var options) => options.Any(option => Match(option, at, rest)),
            PatternNode.Loop { Body: PatternNode.Set set } loop => Run(loop, set, at, rest),
            PatternNode.Loop loop => Again(loop, 0, at, rest),
            PatternNode.Ahead(var body, var isNegated) => Match(body, at, static _ => true) != isNegated && rest(at),
            PatternNode.Edge(var kind) => IsEdge(kind, at) && rest(at),
            _ => throw new ArgumentException($"There is no part {node}.", nameof(node)),
        };
        depth--;
        return matches;
    }

    private bool Items(IReadOnlyList<PatternNode> items, int next, int at, Func<int, bool> rest)
    {
        for (; next < items.Count && items[next] is PatternNode.Set set; next++)
        {
            left--;
            if (!Has(set, at++)) return false;
        }

        return next == items.Count ? rest(at) : Match(items[next], at, end => Items(items, next + 1, end, rest));
    }

    private bool Again(PatternNode.Loop loop, int count, int at, Func<int, bool> rest)
    {
        if (--left <= 0) return true;
        if (loop.IsLazy && count >= loop.Least && rest(at)) return true;
        if (count < loop.Most && Match(loop.Body, at, end => (end != at || count < loop.Least) && Again(loop, count + 1, end, rest))) return true;
        return !loop.IsLazy && count >= loop.Least && rest(at);
    }

    private bool Run(PatternNode.Loop loop, PatternNode.Set set, int at, Func<int, bool> rest)
    {
        var longest = 0;
        while (longest < loop.Most && Has(set, at + longest)) longest++;
        left -= longest;
        for (var n = 0; n <= longest - loop.Least; n++)
        {
            if (--left <= 0 || rest(at + (loop.IsLazy ? loop.Least + n : longest - n))) return true;
        }

        return false;
    }

    private bool Has(PatternNode.Set set, int at) => at < text.Length && set.Contains(text[at], anyCase);

    private bool IsEdge(char kind, int at) => kind switch
    {
        '^' => at == 0,
        '$' => at == text.Length,
        'b' => IsWord(at - 1) != IsWord(at),
        'B' => IsWord(at - 1) == IsWord(at),
        _ => true,
    };

    private bool IsWord(int at) => at >= 0 && at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_');
}
