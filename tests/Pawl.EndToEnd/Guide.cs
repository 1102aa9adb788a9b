using System.Text.RegularExpressions;
using Pawl.Tests;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>Walks through a guide as a reader would: every block of shell in it, in order, in one folder.</summary>
internal static partial class Guide
{
    /// <summary>Runs the blocks; each must succeed. Returns what each said.</summary>
    public static async Task<IReadOnlyList<string>> WalkAsync(Cli cli, string name)
    {
        var guide = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/guides", name), TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");
        var said = new List<string>();
        foreach (var block in Shell().Matches(guide).Select(match => match.Groups["text"].Value))
        {
            var ended = await cli.ShellAsync("set -e\n" + block.Replace("./pawl", Cli.InShell, StringComparison.Ordinal));
            Assert.True(ended.ExitCode == 0, $"{block}\n{ended.Output}{ended.Error}");
            said.Add(ended.Output + ended.Error);
        }

        return said;
    }

    [GeneratedRegex("^```sh\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Shell();
}
