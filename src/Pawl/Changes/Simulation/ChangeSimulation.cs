using System.Text;
using Pawl.Changes.Workspaces;

namespace Pawl.Changes.Simulation;

/// <summary>How a scripted agent behaves.</summary>
public enum Behaviour
{
    /// <summary>It does what was asked.</summary>
    Good,

    /// <summary>It is plausible and wrong: it takes a flat amount where a percentage was asked for. When it heals, its second attempt is right.</summary>
    Bad,

    /// <summary>It does the same wrong thing again and again.</summary>
    Stuck,
}

/// <summary>
/// A repository that needs nothing but a shell, a gate that really runs, and an agent that is a script: supervised changes to try and to test, the same
/// each time.
/// </summary>
public static class ChangeSimulation
{
    /// <summary>When it all happens: always then, so that two runs are the same byte for byte.</summary>
    public static readonly DateTimeOffset Moment = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    /// <summary>Makes the repository and what is asked of it.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="purpose">Whether an issue asks, or the gate is red.</param>
    /// <param name="behaviour">How the agent behaves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ChangeRequest> PrepareAsync(string folder, ChangePurpose purpose, Behaviour behaviour, CancellationToken cancellationToken)
    {
        foreach (var (path, text) in DemoTarget.Files(purpose))
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            await File.WriteAllTextAsync(full, text, new UTF8Encoding(false), cancellationToken).ConfigureAwait(false);
        }

        var git = new Git();
        var author = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["GIT_AUTHOR_NAME"] = "Mara",
            ["GIT_AUTHOR_EMAIL"] = "mara@shop.invalid",
            ["GIT_AUTHOR_DATE"] = "2026-01-05T08:00:00Z",
            ["GIT_COMMITTER_NAME"] = "Mara",
            ["GIT_COMMITTER_EMAIL"] = "mara@shop.invalid",
            ["GIT_COMMITTER_DATE"] = "2026-01-05T08:00:00Z",
        };
        foreach (var arguments in (string[][])[["init", "-q", "--initial-branch=main"], ["add", "-A"], ["commit", "-q", "-m", "Sell things"]])
            await git.RunAsync(new GitCall(arguments) { GitDirectory = Path.Combine(folder, ".git"), WorkTree = folder, Environment = author }, cancellationToken).ConfigureAwait(false);

        var issue = purpose == ChangePurpose.Issue ? IssueText.Read(DemoTarget.Issue, "ISSUE.md") : null;
        return new ChangeRequest
        {
            Purpose = purpose,
            Folder = folder,
            Issue = issue is null ? null : new StoredIssue(issue.Title, issue.Body, issue.Source, issue.TakenOut, null),
            Agent = new AgentSettings { Name = "scripted", Command = ["sh", "-c", ScriptedAgent.Of(purpose, behaviour)] },
        };
    }

    /// <summary>A clock that stands still: nothing in a simulation depends on how fast the machine is.</summary>
    public static TimeProvider Clock { get; } = new StandingClock();

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Moment;

        public override long GetTimestamp() => 0;
    }
}
