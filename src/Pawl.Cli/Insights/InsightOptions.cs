using System.CommandLine;

namespace Pawl.Cli.Insights;

/// <summary>What several insight commands have in common.</summary>
internal static class InsightOptions
{
    private const int Named = 3;

    public static Option<string> Goal() => new("--goal") { Description = "The goal whose runs to look at.", HelpName = "GOAL", Required = true };

    /// <summary>A table's cell with an example of a failure, without a first line that says no more than its fingerprint beside it.</summary>
    public static string Example(string fingerprint, string example) =>
        Terminal.Plain(Terminal.Short(example.StartsWith(fingerprint + "\n", StringComparison.Ordinal) ? example[(fingerprint.Length + 1)..] : example, 80));

    /// <summary>A table's cell with what runs were to do: the first few, each in one line's worth of text.</summary>
    public static string AskedFor(IReadOnlyList<string> descriptions) =>
        string.Join("; ", descriptions.Take(Named).Select(text => Terminal.Plain(Terminal.Short(text, 60)))) + (descriptions.Count > Named ? "; …" : "");
}
