using System.Text.RegularExpressions;

namespace Pawl.Tests.House;

/// <summary>A rule about the text of one C# file; each finding says where and what.</summary>
internal static partial class SourceRule
{
    private const int LinesMax = 400;
    private const int UnderscoresMin = 2;

    /// <summary>A file that is too long to hold in one's head.</summary>
    public static IReadOnlyList<string> TooLong(string path, string text) =>
        text.TrimEnd('\n').Count(c => c == '\n') + 1 is > LinesMax and var lines ? [$"{path}: {lines} lines, at most {LinesMax}"] : [];

    /// <summary>Tests whose name is not Method_Situation_Fact.</summary>
    public static IReadOnlyList<string> TestNames(string path, string text) =>
        [.. TestMethods(text).Where(name => name.Count(c => c == '_') < UnderscoresMin).Select(name => $"{path}: {name} is not Method_Situation_Fact")];

    /// <summary>The names of the methods under a Fact or Theory attribute.</summary>
    public static IReadOnlyList<string> TestMethods(string text) => [.. TestMethod().Matches(text).Select(match => match.Groups["name"].Value)];

    /// <summary>Waiting for a length of time that somebody guessed instead of for the condition.</summary>
    public static IReadOnlyList<string> GuessedWaits(string path, string text) =>
        [.. GuessedWait().Matches(text).Select(match => $"{path}: {match.Value}…, wait for the condition itself (Eventually.Holds)")];

    [GeneratedRegex(@"^\s*\[(?:Fact|Theory)\b[^\n]*\n(?:\s*(?:\[|//|#)[^\n]*\n)*\s*public\s[^\n(]*?(?<name>\w+)\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"Thread\.Sleep\(|Task\.Delay\(\s*(\d|TimeSpan\.From\w+\(\s*\d)", RegexOptions.ExplicitCapture)]
    private static partial Regex GuessedWait();
}
