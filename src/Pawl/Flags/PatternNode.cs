namespace Pawl.Flags;

/// <summary>A part of a regular expression of JavaScript.</summary>
internal abstract record PatternNode
{
    /// <summary>One character of a set.</summary>
    public sealed record Set(IReadOnlyList<(char From, char To)> Ranges, bool IsNegated) : PatternNode
    {
        public bool Contains(char c, bool anyCase) =>
            IsNegated != (Covers(c) || (anyCase && (Covers(char.ToLowerInvariant(c)) || Covers(char.ToUpperInvariant(c)))));

        private bool Covers(char c)
        {
            foreach (var (from, to) in Ranges)
            {
                if (c >= from && c <= to) return true;
            }

            return false;
        }
    }

    /// <summary>One part after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>One of several.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Options) : PatternNode;

    /// <summary>A part again and again; a lazy one tries to go on first.</summary>
    public sealed record Loop(PatternNode Body, int Least, int Most, bool IsLazy) : PatternNode;

    /// <summary>What has to follow, or must not, without being consumed.</summary>
    public sealed record Ahead(PatternNode Body, bool IsNegated) : PatternNode;

    /// <summary>A place: <c>^</c>, <c>$</c>, <c>b</c> for the edge of a word, <c>B</c> for none; anything else holds everywhere.</summary>
    public sealed record Edge(char Kind) : PatternNode;
}
