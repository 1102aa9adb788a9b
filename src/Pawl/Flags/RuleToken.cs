namespace Pawl.Flags;

/// <summary>What a word of an exposure rule is.</summary>
internal enum RuleTokenKind
{
    End,
    Symbol,
    Name,
    Text,
    Number,
    Version,
}

/// <summary>
/// One word of an exposure rule, from index <paramref name="At"/> to before <paramref name="End"/>. Its value is what was meant: a string
/// without quotes and escapes, a version without its <c>v</c>, otherwise the word as written.
/// </summary>
internal readonly record struct RuleToken(RuleTokenKind Kind, int At, int End, string Value)
{
    public bool Is(string symbol) => Kind == RuleTokenKind.Symbol && Value == symbol;

    public bool IsWord(string word) => Kind == RuleTokenKind.Name && Value == word;

    /// <summary>Whether the word belongs to the language and so cannot be an attribute.</summary>
    public bool IsReserved => Kind == RuleTokenKind.Name && Value is "in" or "not" or "true" or "false" or "null";
}
