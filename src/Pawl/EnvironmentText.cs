using System.Text.RegularExpressions;

namespace Pawl;

/// <summary>Texts of <c>pawl.yaml</c> that name environment variables, so that no secret stands in the file.</summary>
internal static partial class EnvironmentText
{
    /// <summary>The text with the value of NAME in place of each <c>${NAME}</c>.</summary>
    /// <exception cref="JsonShapeException">A variable is not set. The message names it, and never what the text would have become.</exception>
    public static string Expand(string text, Func<string, string?> environment) => Variable().Replace(
        text, match => environment(match.Groups["name"].Value) ?? throw new JsonShapeException($"the environment variable {match.Groups["name"].Value} is not set"));

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();
}
