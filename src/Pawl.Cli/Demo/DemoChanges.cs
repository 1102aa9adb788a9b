using Pawl.Changes;
using Pawl.Changes.Simulation;
using Pawl.Cli.Changes;

namespace Pawl.Cli.Demo;

/// <summary>
/// The part of the demo about changes to code: an issue becomes a proposal, and a red build is healed. Git, sandbox, gate and ledger are the real ones; the
/// agents are scripts.
/// </summary>
/// <param name="folder">Where the demo may write.</param>
/// <param name="database">The demo's database, in it.</param>
internal sealed class DemoChanges(string folder, string database)
{
    /// <summary>The command that shows what is proposed for the issue.</summary>
    public string Diff { get; private set; } = "";

    /// <summary>The file of that proposal.</summary>
    public string Proposal { get; private set; } = "";

    /// <summary>The run in which the build was healed.</summary>
    public string Healing { get; private set; } = "";

    public async Task DemonstrateAsync(CancellationToken cancellationToken)
    {
        await using var session = ChangeSession.Simulated(folder, ChangeSimulation.Clock, Show, Path.GetFileName(database));

        DemoCommand.Heading("An issue for a coding agent. This is asked for");
        var asked = await PrepareAsync("shop", ChangePurpose.Issue, Behaviour.Good, cancellationToken);
        foreach (var line in asked.Issue!.Body.Split('\n')) Terminal.Line("  " + line);
        DemoCommand.Heading("The agent edits in a sandbox. The gate judges, and again where the agent never was");
        var change = await ChangeWork.RunAsync(session.Services, asked, cancellationToken);
        DemoCommand.Heading($"It is green, so it is proposed on {change.Branch}. A person merges. Of the proposal");
        foreach (var part in Head(ProposalText.Markdown(change))) Terminal.Line("  " + part);
        Diff = $"git -C {change.Repository} show {change.Branch}";
        Proposal = Path.Combine(session.Services.Folder, change.Id, "proposal.md");

        DemoCommand.Heading("In another shop the build is red. An agent heals it; its first idea is plausible and wrong");
        var healed = await ChangeWork.RunAsync(session.Services, await PrepareAsync("red-shop", ChangePurpose.Heal, Behaviour.Bad, cancellationToken), cancellationToken);
        Terminal.Line($"  proposed on {healed.Branch} after {Words.Count(healed.Winner!.Number, "attempt")}; it says: {healed.Winner.Agent.Said}");
        Healing = healed.Run!;
    }

    private Task<ChangeRequest> PrepareAsync(string name, ChangePurpose purpose, Behaviour behaviour, CancellationToken cancellationToken) =>
        ChangeSimulation.PrepareAsync(Directory.CreateDirectory(Path.Combine(folder, name)).FullName, purpose, behaviour, cancellationToken);

    // What a reviewer must not miss, and what the gate said; what was asked stands above, and the rest is a file.
    private static IEnumerable<string> Head(string proposal) => proposal.Replace("\n## ", "\n\0## ", StringComparison.Ordinal).Split('\0')
        .Where((part, number) => number == 0 || part.StartsWith("## What the gate said", StringComparison.Ordinal))
        .SelectMany(part => part.Split('\n')).Where(line => line.Length > 0);

    // Beginnings that are told by their ends are left out, and so is what differs from one time to the next.
    private static void Show(ChangeProgress progress)
    {
        var isToldByItsEnd = progress is { Status: null, Step: not ("base" or "base-tests" or "clean" or "new-tests") };
        if (!isToldByItsEnd && progress.Step is not ("commit" or "branch")) Terminal.Line("  " + ChangeScreen.Line(progress));
    }
}
