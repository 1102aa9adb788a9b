using System.CommandLine;
using Pawl.Changes;
using Pawl.Changes.Simulation;

namespace Pawl.Cli.Changes;

/// <summary>What <c>issue-to-pr</c> and <c>self-heal</c> do alike.</summary>
internal static class ChangeCommand
{
    private const string NoAgent = "No agent is configured. It is any command that changes files in the current folder: set PAWL_AGENT_CMD, or agent: {command: …} in pawl.yaml, or give --agent, "
        + "for example --agent 'claude -p --permission-mode acceptEdits' --network, and its brief comes on standard input. To see how it goes without one: --simulate good";

    /// <summary>Makes or resumes a change, or simulates one.</summary>
    public static async Task<int> RunAsync(
        CommandContext context, Command command, ChangeOptions options, ParseResult parsed, ChangePurpose purpose, Func<CancellationToken, Task<StoredIssue?>> issueAsync, CancellationToken cancellationToken)
    {
        if (options.Simulated(parsed) is { } behaviour) return await SimulateAsync(context, purpose, behaviour, cancellationToken);
        if (options.Agent(parsed, context) is not { } agent) return context.Usage(NoAgent, command);
        using var screen = new ChangeScreen(context.IsJson, TimeProvider.System);
        Change change;
        await using (var session = ChangeSession.Open(context, screen.Show))
        {
            if (options.OpensPullRequest(parsed) && session.Services.Forge() is null)
                return context.Usage("--open-pr needs a forge: pawl.yaml needs a part forge: {kind: github | gitlab | gitea, repository: OWNER/NAME, token: ${TOKEN}}.", command);
            try
            {
                if (options.Resumes(parsed))
                {
                    var request = options.Request(parsed, purpose, null, agent);
                    var resumed = Resumed(session, options, parsed, purpose);
                    if (options.Against(parsed, request, resumed) is { } option) return context.Usage($"{resumed.Id} was not begun with this {option}, and goes on as it was begun. Leave {option} out, or begin anew.", command);
                    change = await ChangeWork.ResumeAsync(session.Services, request, resumed, cancellationToken);
                }
                else
                {
                    change = await ChangeWork.RunAsync(session.Services, options.Request(parsed, purpose, await issueAsync(cancellationToken), agent), cancellationToken);
                }
            }
            catch (GateMissingException e)
            {
                return NoGate(context, options.Folder(parsed), e);
            }

            _ = await session.Services.SignAsync(CancellationToken.None); // the end has its receipts too
            screen.Dispose();
            ChangeReport.Tell(context, change, session.Services.Folder);
        }

        return ExitCodeOf(change);
    }

    private static async Task<int> SimulateAsync(CommandContext context, ChangePurpose purpose, Behaviour behaviour, CancellationToken cancellationToken)
    {
        using var work = await TemporaryWork.CreateAsync("simulation");
        using var screen = new ChangeScreen(context.IsJson, ChangeSimulation.Clock);
        await using var session = ChangeSession.Simulated(work.Folder, ChangeSimulation.Clock, screen.Show);
        var request = await ChangeSimulation.PrepareAsync(Directory.CreateDirectory(Path.Combine(work.Folder, "shop")).FullName, purpose, behaviour, cancellationToken);
        var change = await ChangeWork.RunAsync(session.Services, request, cancellationToken);
        // Where it stood and the run's random number are all that differs from one time to the next.
        ChangeReport.Tell(context, change with { Repository = "shop", Run = null }, null);
        return ExitCodeOf(change);
    }

    private static Change Resumed(ChangeSession session, ChangeOptions options, ParseResult parsed, ChangePurpose purpose)
    {
        if (options.Resumed(parsed) is { } id) return session.Services.Changes.Find(id) ?? throw new BadInputException($"There is no change {id}.");
        var folder = options.Folder(parsed);
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            if (session.Services.Changes.Unfinished(at, purpose) is { } found) return found;
        }

        throw new BadInputException($"No change of {folder} waits to be resumed.");
    }

    private static int NoGate(CommandContext context, string folder, GateMissingException missing)
    {
        var draft = GateDraft.For(folder);
        var how = draft is null
            ? "Nothing was found here that can be tested. Write the gate by hand: docs/guides/changes.md says how."
            : "`pawl gate init` writes the draft below. Read it, try it with `pawl gate run`, commit it, and begin again: a gate needs a person's yes.";
        if (!context.IsJson && draft is not null) Terminal.Line(draft);
        return context.Fail(new BadInputException($"{missing.Message} {how}"));
    }

    private static int ExitCodeOf(Change change) => change.Status switch
    {
        ChangeStatus.Rejected when change.Purpose == ChangePurpose.Heal => ExitCode.PersonNeeded,
        ChangeStatus.Rejected => ExitCode.AnswerIsNo,
        _ => ExitCode.Done,
    };
}
