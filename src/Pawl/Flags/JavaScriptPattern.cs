using System.Text.RegularExpressions;

namespace Pawl.Flags;

/// <summary>
/// A regular expression of JavaScript, without flags or with <c>i</c>, found anywhere in a text. It runs on the engine that
/// cannot backtrack; where the pattern needs one that can, matching is cut off after <see cref="Limits.PatternMilliseconds"/>.
/// </summary>
internal sealed class JavaScriptPattern(string source, bool anyCase)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(Limits.PatternMilliseconds);

    // Made on first use: a payload may hold thousands that no unit of this process meets.
    private readonly Lazy<Regex?> regex = new(() => Compile(source, anyCase));

    /// <summary>Whether it is found in the value as a text. Null where it is no regular expression, or takes too long: neither match nor mismatch.</summary>
    public bool? Matches(in AttributeValue value)
    {
        if (regex.Value is not { } compiled) return null;
        try
        {
            if (value.Kind != AttributeKind.Number) return compiled.IsMatch(JavaScript.ToText(value));
            Span<char> digits = stackalloc char[JavaScript.NumberCharacters];
            return compiled.IsMatch(digits[..JavaScript.Write(value.Number, digits)]);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private static Regex? Compile(string source, bool anyCase)
    {
        if (source.Length > Limits.PatternCharacters || JavaScriptPatternReader.Translate(source, anyCase) is not { } pattern) return null;
        const RegexOptions Options = RegexOptions.CultureInvariant;
        try
        {
            return pattern.Automaton ? new Regex(pattern.Text, Options | RegexOptions.NonBacktracking, Patience) : new Regex(pattern.Text, Options, Patience);
        }
        catch (NotSupportedException)
        {
            // A reference back or a look around.
            return new Regex(pattern.Text, Options, Patience);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
