using System.Globalization;
using Pawl.Runs;

namespace Pawl.Changes;

/// <summary>A change as a run: each attempt is a decision, so that insights tell which issues agents fail at, and why.</summary>
internal sealed class ChangeJournal
{
    private static readonly Option[] Options =
    [
        new() { Id = "attempt", Description = "Let the agent make an attempt", ActionType = "execute" },
        new() { Id = "propose", Description = "Propose what there is", ActionType = "execute" },
        new() { Id = "give_up", Description = "Stop, and leave it to a person", ActionType = "execute" },
    ];

    private readonly ActiveRun _run;

    private ChangeJournal(ActiveRun run) => _run = run;

    /// <summary>The run.</summary>
    public RunId Id => _run.Id;

    /// <summary>Begins the run of a change.</summary>
    public static async Task<ChangeJournal> StartAsync(RunRecorder recorder, ChangePurpose purpose, string title, AgentSettings agent, string change) => new(await recorder.StartRunAsync(
        purpose == ChangePurpose.Issue ? "issue-to-pr" : "self-heal",
        new RunDetails { GoalDescription = title, Agent = new AgentIdentity(agent.Name), InputData = new { change, agent_digest = agent.Digest } }).ConfigureAwait(false));

    /// <summary>Goes on with it; a new one where its owner is still thought to live.</summary>
    public static async Task<ChangeJournal> ResumeAsync(RunRecorder recorder, Change change, AgentSettings agent)
    {
        if (change.Run is { } id && (await recorder.ResumeRunAsync(RunId.Parse(id)).ConfigureAwait(false)).Run is { } run) return new ChangeJournal(run);
        return await StartAsync(recorder, change.Purpose, change.Title, agent, change.Id).ConfigureAwait(false);
    }

    /// <summary>Records an attempt and what came of it.</summary>
    public async Task AttemptedAsync(int lane, Attempt attempt, string why)
    {
        _run.SetNode("attempt");
        var decision = await _run.DecideAsync("decide what comes next", Options, "attempt", why, inputContext: new { lane, attempt = attempt.Number }).ConfigureAwait(false);
        await _run.RecordOutcomeAsync(decision, new Outcome
        {
            Success = attempt.IsGreen,
            Error = attempt.IsGreen ? null : ShortText.Start(attempt.Failures.Count > 0 ? $"{attempt.Failures[0].Check}: {attempt.Failures[0].Test}: {attempt.Failures[0].Message}" : attempt.Why, 2000),
            Summary = attempt.IsGreen ? "green in a clean checkout" : ShortText.Start(attempt.Why, 500),
            TokensUsed = attempt.Agent.Tokens ?? 0,
            LatencyMs = (long)attempt.Agent.Took.TotalMilliseconds,
        }).ConfigureAwait(false);
    }

    /// <summary>Records how the change ended, and ends the run.</summary>
    public async Task EndAsync(Change change)
    {
        _run.SetNode("end");
        var proposed = change.Status == ChangeStatus.Proposed;
        if (change.Status != ChangeStatus.Unneeded)
        {
            var decision = await _run.DecideAsync("decide what comes next", Options, proposed ? "propose" : "give_up", change.Why).ConfigureAwait(false);
            await _run.RecordOutcomeAsync(decision, new Outcome { Success = proposed, Error = proposed ? null : ShortText.Start(change.Why, 2000), Summary = ShortText.Start(change.Commit ?? change.Why, 500) }).ConfigureAwait(false);
            if (!proposed)
            {
                var last = change.Lanes.SelectMany(lane => lane.Attempts).LastOrDefault();
                _run.ReportProblem(Severity.Critical, $"No proposal for: {change.Title}", last is null ? change.Why : last.Why, decision, "Say more exactly what is wanted, or split it");
            }
        }

        var succeeded = proposed || change.Status == ChangeStatus.Unneeded;
        await _run.EndRunAsync(succeeded ? RunStatus.Completed : RunStatus.Failed, ShortText.Start(string.Create(CultureInfo.InvariantCulture, $"{change.Id}: {change.Why}"), 2000), cancellationToken: CancellationToken.None).ConfigureAwait(false);
    }
}
