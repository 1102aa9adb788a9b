using System.Globalization;
using Pawl.Changes;
using Pawl.Changes.Tampering;
using Pawl.Forges;

namespace Pawl.Cli.Changes;

/// <summary>How a change is told at its end.</summary>
internal static class ChangeReport
{
    /// <summary>Tells it.</summary>
    /// <param name="context">The options.</param>
    /// <param name="change">The change.</param>
    /// <param name="folder">Pawl's own folder; null in a simulation, of which nothing stays.</param>
    public static void Tell(CommandContext context, Change change, string? folder)
    {
        if (context.IsJson) CommandContext.WriteJson(to => ProposalJson.Write(to, change));
        else if (change.Status == ChangeStatus.Proposed) Proposed(change, folder);
        else if (change.Status == ChangeStatus.Unneeded) Terminal.Line(change.Why);
        else Refused(change, folder is not null);
    }

    private static void Proposed(Change change, string? folder)
    {
        Terminal.Line(ProposalText.Markdown(change));
        if (folder is null)
        {
            Terminal.Line("This was a simulation: nothing of it stays.");
            return;
        }

        var own = Path.Combine(folder, change.Id);
        Terminal.Line($"The proposal is in {Path.Combine(own, "proposal.md")}. Nothing was merged{(change.IsPushed ? "" : ", and nothing was pushed")}.");
        if (change.PullRequest is { } draft) Terminal.Line($"The draft pull request: {draft}");
        else if (change.IsGit) Commands("To go on:", [$"git -C {Quoted(change.Repository)} diff {change.Base[..12]}..{change.Branch}", .. PullRequestCommands.For(change.Remote, change.RemoteUrl, new DraftPullRequest(change.Branch, "", change.Title, ""), Path.Combine(own, "proposal.md")).Where(line => !change.IsPushed || !line.StartsWith("git push ", StringComparison.Ordinal)).Select(line => InRepository(line, change))]);
        else Commands("This is no git repository; the change is a patch:", [$"git -C {Quoted(change.Repository)} apply {Quoted(Path.Combine(own, "proposal.patch"))}"]);
        if (change.Run is { } run) Terminal.Line($"What was decided and why: pawl run show {run}");
    }

    private static void Refused(Change change, bool isKept)
    {
        Terminal.Line(change.Purpose == ChangePurpose.Heal ? $"Gave up; a person is needed. {change.Why}" : $"Rejected. {change.Why}");
        foreach (var lane in change.Lanes)
        {
            foreach (var attempt in lane.Attempts) Tried(attempt, change.Lanes.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" of agent {lane.Number}") : "");
        }

        var refused = change.Lanes.SelectMany(lane => lane.Attempts).SelectMany(attempt => attempt.Findings).Select(finding => finding.Kind).Distinct().Except(change.Allowed).ToList();
        if (refused.Count > 0)
        {
            Terminal.Line();
            Terminal.Line($"Where that is right all the same, a person may let it through: --allow {string.Join(',', refused.Select(kind => kind.Name()))}");
        }

        Terminal.Line();
        if (!isKept) Terminal.Line("This was a simulation: nothing of it stays.");
        else if (change.Run is { } run) Terminal.Line($"What was decided and why: pawl run show {run}");
    }

    private static void Tried(Attempt attempt, string by)
    {
        Terminal.Line();
        var size = attempt.Files == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {Words.Count(attempt.Files, "file")}, +{attempt.AddedLines} −{attempt.RemovedLines}");
        Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Attempt {attempt.Number}{by}: {attempt.Why}{size}"));
        foreach (var failure in attempt.Failures.Take(10)) Terminal.Line($"  {failure.Check}: {(failure.Test == GateFailure.WholeOutput ? "" : failure.Test + ": ")}{Terminal.Short(failure.Message, 300)}");
        if (attempt.Failures.Count > 10) Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"  and {attempt.Failures.Count - 10} more"));
        foreach (var note in attempt.Agent.Notes) Terminal.Line($"  noticed: the agent {note}");
        foreach (var note in attempt.Notes) Terminal.Line($"  noticed: {note}");
    }

    private static void Commands(string what, IReadOnlyList<string> commands)
    {
        Terminal.Line(what);
        foreach (var line in commands) Terminal.Line("  " + line);
    }

    // What git does is done in the repository, wherever the person stands.
    private static string InRepository(string line, Change change) => line.StartsWith("git ", StringComparison.Ordinal) ? $"git -C {Quoted(change.Repository)}{line[3..]}" : line;

    private static string Quoted(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
