using System.Diagnostics;
using Pawl.Forges;
using Xunit;

namespace Pawl.Tests.Forges;

public sealed class PullRequestCommandsTests
{
    private static readonly DraftPullRequest Change = new("agent/fix-sum", "main", "Fix the sum", "It was wrong.");

    [Theory]
    [InlineData("https://github.com/pawl/shop.git", "gh pr create --draft --repo pawl/shop --head agent/fix-sum --base main --title 'Fix the sum' --body-file .pawl/body.md")]
    [InlineData("git@github.com:pawl/shop.git", "gh pr create --draft --repo pawl/shop --head agent/fix-sum --base main --title 'Fix the sum' --body-file .pawl/body.md")]
    [InlineData("ssh://git@github.corp.test:2222/pawl/shop", "gh pr create --draft --repo github.corp.test/pawl/shop --head agent/fix-sum --base main --title 'Fix the sum' --body-file .pawl/body.md")]
    [InlineData("https://oauth2:s3cret@gitlab.com/a/b/c.git", "glab mr create --draft --repo https://gitlab.com/a/b/c --source-branch agent/fix-sum --target-branch main --title 'Fix the sum' --description \"$(cat -- .pawl/body.md)\" --yes")]
    [InlineData("https://codeberg.org/pawl/shop", "tea pulls create --repo pawl/shop --head agent/fix-sum --base main --title 'WIP: Fix the sum' --description \"$(cat -- .pawl/body.md)\"")]
    [InlineData("https://me:s3cret@forge.test/pawl/shop.git", "# open a draft pull request of agent/fix-sum into main at https://forge.test/pawl/shop: Fix the sum")]
    [InlineData("https://github.com/a/b/c", "# open a draft pull request of agent/fix-sum into main at https://github.com/a/b/c: Fix the sum")]
    [InlineData("/srv/git/shop.git", "# open a draft pull request of agent/fix-sum into main at your forge: Fix the sum")]
    public void For_ARemote_ArePushAndDraftAtItsForge(string? url, string draft) =>
        Assert.Equal(["git push origin agent/fix-sum", draft], PullRequestCommands.For("origin", url, Change, ".pawl/body.md"));

    [Fact]
    public void For_NoTarget_NamesNone() =>
        Assert.DoesNotContain(PullRequestCommands.For("origin", "https://github.com/pawl/shop", Change with { Target = "" }, null), command => command.Contains("--base", StringComparison.Ordinal));

    [Theory]
    [InlineData("$(touch planted) `touch planted`; touch planted & \" ' \\ !x #y")]
    [InlineData("'; touch planted; '")]
    [InlineData("-n\n--body x")]
    [InlineData("~ * {a,b} $HOME")]
    public async Task For_AHostileText_ReachesTheProgramAsOneArgument(string hostile)
    {
        using var folder = new TemporaryFolder();
        // Programs of these names that write down what they are given.
        foreach (var program in new[] { "gh", "git" })
        {
            var path = Path.Combine(folder.Path, program);
            await File.WriteAllTextAsync(path, "#!/bin/sh\nfor a in \"$@\"; do printf '%s\\0' \"$a\"; done\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var commands = PullRequestCommands.For("origin", "https://github.com/pawl/shop", new DraftPullRequest($"agent/{hostile}", hostile, hostile, hostile), null);

        var line = hostile.Replace('\n', ' ');
        Assert.Equal(["push", "origin", $"agent/{line}"], await RunAsync(folder.Path, commands[0]));
        Assert.Equal(["pr", "create", "--draft", "--repo", "pawl/shop", "--head", $"agent/{line}", "--base", line, "--title", line, "--body", hostile], await RunAsync(folder.Path, commands[1]));
        Assert.False(File.Exists(Path.Combine(folder.Path, "planted")));
    }

    [Theory]
    [InlineData("https://github.com/pawl/shop")]
    [InlineData("https://gitlab.com/pawl/shop")]
    [InlineData("https://gitea.com/pawl/shop")]
    [InlineData("https://forge.test/pawl/\u001bshop")]
    public void For_CharactersThatATerminalActsOn_ShowsNone(string url)
    {
        const string Odd = "a\u001b[2J\u202eb\u0007\r\nc\u200bd\u2028e";

        var commands = PullRequestCommands.For("origin", url, new DraftPullRequest("agent/x", "main", Odd, Odd), null);

        Assert.All(commands, command => Assert.DoesNotContain(command, c => c != '\n' && (char.IsControl(c) || c is '\u202e' or '\u200b' or '\u2028')));
        Assert.Contains("a [2Jb", commands[1], StringComparison.Ordinal);
    }

    [Fact]
    public void For_ARemoteThatLooksLikeAnOption_IsNone() => Assert.Equal("git push -- -x agent/fix-sum", PullRequestCommands.For("-x", "https://github.com/pawl/shop", Change, null)[0]);

    [Fact]
    public void For_NoSuchRemote_SaysSoFirst() => Assert.Equal(
        ["# there is no remote origin here yet: git remote add origin URL", "git push origin agent/fix-sum", "# open a draft pull request of agent/fix-sum into main at your forge: Fix the sum"],
        PullRequestCommands.For("origin", null, Change, null));

    private static async Task<string[]> RunAsync(string folder, string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Split('\0')[..^1];
    }
}
